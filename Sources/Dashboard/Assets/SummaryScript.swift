/// What stands on top: how many runs, the best of them, and what is wrong.
enum SummaryScript {
    /// Defines `Ballast.summary` and `Ballast.alarms`.
    static let text = #"""
        "use strict";
        Ballast.summary = function (all, studies) {
          var place = document.getElementById("summary");
          var count = function (state) {
            return all.filter(function (one) { return one.state === state; }).length;
          };
          var best = all.filter(function (one) { return one.state === "finished" && one.final_loss !== undefined; })
            .sort(function (a, b) { return a.final_loss - b.final_loss; })[0];
          var words = ["running", "finished", "diverged", "failed", "interrupted", "logged"].filter(count)
            .map(function (state) { return count(state) + " " + state; }).join(", ");
          var tiles = [[Ballast.count(all.length), "runs: " + (words || "none")]];
          if (studies.length) { tiles.push([String(studies.length), studies.length === 1 ? "study" : "studies"]); }
          if (best) { tiles.push([best.final_loss.toFixed(3), "lowest final loss: " + best.label]); }
          var speed = all.reduce(function (sum, one) {
            return sum + (one.state === "running" && one.tokens_per_second || 0);
          }, 0);
          if (speed) { tiles.push([Ballast.count(Math.round(speed)), "tokens per second now"]); }
          place.replaceChildren.apply(place, tiles.map(function (tile) {
            return Ballast.element("div", { "class": "tile" }, [
              Ballast.element("b", { text: tile[0] }), Ballast.element("span", { text: tile[1] })]);
          }));
        };

        Ballast.alarms = function (all, pick) {
          var place = document.getElementById("alarms");
          // A cause that many runs have is said once.
          var causes = new Map();
          var add = function (name, run, text) {
            if (!causes.has(name)) { causes.set(name, { name: name, text: text, runs: [] }); }
            causes.get(name).runs.push(run);
          };
          all.forEach(function (one) {
            one.alarms.filter(function (alarm) { return alarm.severity === "alarm"; }).forEach(function (alarm) {
              add(alarm.name, one, alarm.evidence + (alarm.change ? "; try " + alarm.change : ""));
            });
            if (one.state === "failed" || one.state === "diverged") {
              add(one.state, one, one.diverged || "see failed.txt in its folder");
            }
          });
          var list = Array.from(causes.values());
          document.getElementById("alarms-part").hidden = !list.length;
          place.replaceChildren.apply(place, list.map(function (entry) {
            var link = Ballast.element("a", { href: "#run-" + entry.runs[0].id, text: entry.runs[0].label });
            link.addEventListener("click", function () { pick(entry.runs[0].id); });
            var count = entry.runs.length;
            return Ballast.element("li", {}, [Ballast.element("b", { text: entry.name + " " }),
              document.createTextNode((count > 1 ? "in " + Ballast.count(count) + " runs, as " : "in ")), link,
              document.createTextNode(": " + entry.text + " "),
              Ballast.element("a", { href: "#explain-" + entry.name, text: "what this means" })]);
          }));
        };
        """#
}
