/// The page's own script, which asks nothing of any network.
///
/// It draws the figures to the width there is, follows light and dark and paper, sorts and filters tables.
enum PageScript {
    /// Reads `window.ballastFigures`, which the page sets before.
    static let text = """
        (function () {
          "use strict";
          var root = document.documentElement;
          var night = matchMedia("(prefers-color-scheme: dark)");
          var chosen = null;
          var printing = false;
          function isDark() { return !printing && (chosen === null ? night.matches : chosen); }

          // A text in lines of so many characters, its unit on a line of its own.
          function lines(text, most) {
            if (text.length <= most) { return text; }
            var all = [""];
            text.replace(" (", "\\n(").split("\\n").forEach(function (part, index) {
              if (index) { all.push(""); }
              part.split(" ").forEach(function (word) {
                var last = all[all.length - 1];
                if (last && last.length + word.length >= most) { all.push(word); }
                else { all[all.length - 1] = last ? last + " " + word : word; }
              });
            });
            return all;
          }

          // Characters of the longest name in a figure's legend.
          function longest(spec) {
            var most = 4;
            ((spec.spec || spec).layer || []).forEach(function (layer) {
              var colour = layer.encoding && layer.encoding.color;
              ((colour && colour.scale && colour.scale.domain) || []).forEach(function (name) {
                most = Math.max(most, String(name).length);
              });
            });
            return most;
          }

          function fit(figure, width) {
            var spec = JSON.parse(JSON.stringify(figure.spec));
            var config = JSON.parse(JSON.stringify(isDark() ? figure.dark : figure.light));
            var room = figure.room;
            if (width < 620) {
              // Names beside rows leave nearly half of a narrow page to the rows.
              room = Math.min(room, Math.floor(0.56 * width));
              (spec.layer || []).forEach(function (layer) {
                var axis = layer.encoding && layer.encoding.y && layer.encoding.y.axis;
                if (axis && axis.labelLimit) { axis.labelLimit = room - 22; }
              });
              // The name of an axis goes over as many lines as it takes.
              ((spec.spec || spec).layer || []).forEach(function (layer) {
                var x = layer.encoding && layer.encoding.x;
                if (x && typeof x.title === "string") { x.title = lines(x.title, (width - room) / 6.5); }
              });
              config.legend.titleOrient = "top";
              config.legend.columns = Math.max(1, Math.floor(width / (longest(spec) * 6.5 + 34)));
              ((spec.spec || spec).layer || []).forEach(function (layer) {
                Object.keys(layer.encoding || {}).forEach(function (name) {
                  var legend = layer.encoding[name] && layer.encoding[name].legend;
                  if (legend) { delete legend.columns; }
                });
              });
            }
            if (spec.facet) {
              var columns = Math.max(1, Math.min(spec.columns, Math.floor(width / 320)));
              var rooms = figure.room * (spec.resolve ? columns : 1);
              spec.columns = columns;
              // Half of the last label of the axis stands beyond the panel.
              spec.spec.width = Math.floor((width - rooms - 14 - 28 * (columns - 1)) / columns);
              // The name of a panel and its verdict go over two lines where one is too wide.
              var names = Array.isArray(spec.facet.sort) ? spec.facet.sort : [];
              if (names.some(function (name) { return String(name).length * 8.6 > spec.spec.width; })) {
                spec.facet.header = Object.assign({}, spec.facet.header,
                  { labelExpr: "split(datum.label, ': ')" });
              }
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

          window.addEventListener("beforeprint", function () { printing = true; drawAll(); });
          window.addEventListener("afterprint", function () { printing = false; drawAll(); });

          // Rows in which each word stands, or whose column compares so: LR>=1e-2.
          function accepts(row, heads, term) {
            var parts = term.match(/^(.+?)(>=|<=|!=|=|>|<)(.+)$/);
            var column = parts ? heads.indexOf(parts[1]) : -1;
            if (column < 0) { return row.textContent.toLowerCase().indexOf(term) >= 0; }
            var text = row.cells[column].textContent.replace(/,/g, "").trim().toLowerCase();
            var a = text === "" ? NaN : Number(text), b = Number(parts[3]);
            var both = !isNaN(a) && !isNaN(b);
            switch (parts[2]) {
            case "=": return both ? a === b : text === parts[3];
            case "!=": return both ? a !== b : text !== parts[3];
            case ">=": return both && a >= b;
            case "<=": return both && a <= b;
            case ">": return both && a > b;
            default: return both && a < b;
            }
          }
          function addFilter(table) {
            var rows = Array.from(table.tBodies[0].rows);
            if (rows.length < 8) { return; }
            var heads = Array.from(table.tHead.rows[0].cells).map(function (head) {
              return head.textContent.toLowerCase().replace(/[ ,%]+/g, "-").replace(/-$/, "");
            });
            var bar = document.createElement("div"), input = document.createElement("input");
            var count = document.createElement("span");
            var plain = heads.filter(function (head) { return /^[a-z-]+$/.test(head); });
            var number = heads.indexOf("lr") >= 0 ? "lr>=1e-2" : (plain.pop() || heads[0]) + "=...";
            bar.className = "filter";
            input.type = "search";
            input.placeholder = "Filter: words, or " + number;
            input.setAttribute("aria-label", "Filter the rows by words, or by a column, as " + number);
            count.className = "muted";
            count.setAttribute("role", "status");
            bar.append(input, count);
            table.parentNode.before(bar);
            input.addEventListener("input", function () {
              var terms = input.value.toLowerCase().split(/\\s+/).filter(Boolean), shown = 0;
              rows.forEach(function (row) {
                row.hidden = !terms.every(function (term) { return accepts(row, heads, term); });
                if (!row.hidden) { shown += 1; }
              });
              count.textContent = terms.length ? shown + " of " + rows.length : "";
            });
            // A point leads to a row that is there.
            window.addEventListener("hashchange", function () {
              var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
              var row = target && target.closest("tr");
              if (row && row.hidden) { input.value = ""; input.dispatchEvent(new Event("input")); row.scrollIntoView(); }
            });
          }

          document.querySelectorAll("table.sortable").forEach(function (table) {
            var heads = Array.from(table.tHead.rows[0].cells);
            addFilter(table);
            heads.forEach(function (head, column) {
              head.tabIndex = 0;
              head.addEventListener("keydown", function (event) {
                if (event.key === "Enter" || event.key === " ") { event.preventDefault(); head.click(); }
              });
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
