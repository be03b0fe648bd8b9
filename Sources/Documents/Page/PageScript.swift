/// The page's own script, which asks nothing of any network.
///
/// It draws the figures to the width there is, follows light and dark, and sorts tables.
enum PageScript {
    /// Reads `window.ballastFigures`, which the page sets before.
    static let text = """
        (function () {
          "use strict";
          var root = document.documentElement;
          var night = matchMedia("(prefers-color-scheme: dark)");
          var chosen = null;
          function isDark() { return chosen === null ? night.matches : chosen; }

          function fit(figure, width) {
            var spec = JSON.parse(JSON.stringify(figure.spec));
            var config = JSON.parse(JSON.stringify(isDark() ? figure.dark : figure.light));
            var room = figure.room;
            if (width < 620) {
              // Names beside rows leave half of a narrow page to the rows.
              room = Math.min(room, Math.floor(width / 2));
              (spec.layer || []).forEach(function (layer) {
                var axis = layer.encoding && layer.encoding.y && layer.encoding.y.axis;
                if (axis && axis.labelLimit) { axis.labelLimit = room - 30; }
              });
              config.legend.titleOrient = "top";
              config.legend.columns = Math.max(2, Math.floor(width / 90));
            }
            if (spec.facet) {
              var columns = Math.max(1, Math.min(spec.columns, Math.floor(width / 320)));
              var rooms = figure.room * (spec.resolve ? columns : 1);
              spec.columns = columns;
              spec.spec.width = Math.floor((width - rooms - 28 * (columns - 1)) / columns);
            } else {
              spec.width = Math.max(180, Math.min(720, width - room));
            }
            spec.config = config;
            return spec;
          }

          function draw(figure) {
            var place = document.getElementById(figure.name);
            if (!place || !window.vegaEmbed) { return; }
            if (figure.view) { figure.view.finalize(); figure.view = null; }
            var mine = (figure.turn = (figure.turn || 0) + 1);
            window.vegaEmbed(place, fit(figure, place.clientWidth), {
              actions: { export: true, source: false, compiled: false, editor: false },
              downloadFileName: figure.name, renderer: figure.many ? "canvas" : "svg",
              mode: "vega-lite", tooltip: { theme: isDark() ? "dark" : "light" }
            }).then(function (result) {
              if (mine === figure.turn) { figure.view = result; } else { result.finalize(); }
            }).catch(function (error) { place.textContent = "Not drawn: " + error; });
          }

          function drawAll() {
            root.dataset.theme = isDark() ? "dark" : "light";
            (window.ballastFigures || []).forEach(draw);
          }

          var width = 0;
          var timer = 0;
          window.addEventListener("resize", function () {
            clearTimeout(timer);
            timer = setTimeout(function () {
              if (root.clientWidth !== width) { width = root.clientWidth; drawAll(); }
            }, 120);
          });
          night.addEventListener("change", function () { if (chosen === null) { drawAll(); } });
          var button = document.getElementById("theme");
          button.addEventListener("click", function () { chosen = !isDark(); drawAll(); });

          document.querySelectorAll("table.sortable").forEach(function (table) {
            var heads = Array.from(table.tHead.rows[0].cells);
            heads.forEach(function (head, column) {
              head.addEventListener("click", function () {
                var up = head.getAttribute("aria-sort") !== "ascending";
                heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
                head.setAttribute("aria-sort", up ? "ascending" : "descending");
                var body = table.tBodies[0];
                var rows = Array.from(body.rows).map(function (row) {
                  var text = row.cells[column].textContent.replace(/,/g, "");
                  var number = text === "" ? NaN : Number(text);
                  return { row: row, text: text, number: number };
                });
                rows.sort(function (a, b) {
                  var words = isNaN(a.number) - isNaN(b.number);
                  if (words !== 0) { return words; }
                  var order = isNaN(a.number) ? a.text.localeCompare(b.text) : a.number - b.number;
                  return up ? order : -order;
                });
                rows.forEach(function (entry) { body.appendChild(entry.row); });
              });
            });
          });

          width = root.clientWidth;
          drawAll();
        })();
        """
}
