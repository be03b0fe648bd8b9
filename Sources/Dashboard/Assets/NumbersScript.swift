/// Numbers, colours of the style sheet, and ticks.
enum NumbersScript {
    /// Defines `Ballast` and what the other scripts use.
    static let text = #"""
        "use strict";
        window.Ballast = {};
        Ballast.css = function (name) {
          return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        };
        Ballast.number = function (value, digits) {
          if (value === null || value === undefined) { return "-"; }
          if (value === 0) { return "0"; }
          var size = Math.abs(value);
          if (size >= 1e5 || size < 1e-3) {
            return value.toExponential((digits || 3) - 1).replace("e+", "e");
          }
          var decimals = Math.max((digits || 3) - 1 - Math.floor(Math.log10(size)), 0);
          return value.toFixed(decimals);
        };
        Ballast.count = function (value) { return Number(value).toLocaleString("en"); };

        Ballast.tickText = function (value) {
          var size = Math.abs(value);
          if (value !== 0 && (size >= 1e4 || size < 1e-2)) {
            return value.toExponential(1).replace("e+", "e").replace(".0e", "e");
          }
          return String(Math.round(value * 1e6) / 1e6);
        };

        // Round numbers between two; of a logarithmic axis the ends are exponents.
        Ballast.ticks = function (low, high, isLog, room) {
          var ticks = [], i;
          if (isLog && high - low > 0.7) {
            var steps = high - low > 2.5 ? [1] : high - low > 1.2 ? [1, 3] : [1, 2, 5];
            var every = Math.max(1, Math.ceil((high - low) / Math.max(room, 2)));
            for (i = Math.floor(low); i <= Math.ceil(high); i++) {
              if (i % every !== 0) { continue; }
              steps.forEach(function (m) { ticks.push(m * Math.pow(10, i)); });
            }
            return ticks;
          }
          if (isLog) { low = Math.pow(10, low); high = Math.pow(10, high); }
          var raw = (high - low) / Math.max(room, 2), power = Math.pow(10, Math.floor(Math.log10(raw)));
          var step = [1, 2, 5, 10].map(function (m) { return m * power; }).find(function (s) { return s >= raw; });
          for (i = Math.ceil(low / step); i * step <= high; i++) { ticks.push(i * step); }
          return ticks;
        };
        """#
}
