/// Brings the page together: follows the server, keeps what is selected, draws.
enum DashboardScript {
    static let text = #"""
        "use strict";
        (function () {
          var root = document.documentElement, get = function (id) { return document.getElementById(id); };
          var runs = new Map(), studies = [], selected = [], tags = [], open = [], charts = new Map();
          var keys = [], colourKey = "", stream = null, hasChosen = false, smoothing = 0;
          var palette = {
            light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a3ea1", "#5c6675"],
            dark: ["#56b4e9", "#e8823c", "#3cc79b", "#e39bc4", "#e0c040", "#8fd0ff", "#b48be0", "#a9b4c2"]
          };

          var night = matchMedia("(prefers-color-scheme: dark)"), chosen = null;
          try { chosen = localStorage.getItem("ballast-theme"); } catch (error) { chosen = null; }
          function theme() {
            root.dataset.theme = chosen || (night.matches ? "dark" : "light");
            redraw();
          }
          get("theme").addEventListener("click", function () {
            chosen = root.dataset.theme === "dark" ? "light" : "dark";
            try { localStorage.setItem("ballast-theme", chosen); } catch (error) { return theme(); }
            theme();
          });
          night.addEventListener("change", theme);

          function run(id) { return runs.get(id); }

          // A cell of a study is called as there; its folder may be a digest.
          var labels = new Map();
          function label(one) {
            one.label = labels.get(one.id) || one.name;
            return one;
          }
          function readLabels() {
            labels.clear();
            studies.forEach(function (study) {
              study.cells.forEach(function (cell) {
                if (cell.run === null || cell.run === undefined || labels.has(cell.run)) { return; }
                labels.set(cell.run, study.title + ": " + cell.name.replace(/,/g, ", "));
              });
            });
          }
          function isSelected(id) { return selected.indexOf(id) >= 0; }
          function chosenRuns() { return selected.map(run).filter(Boolean); }

          // A name as short as tells the selected runs apart.
          function name(id) {
            var one = run(id);
            if (!one) { return ""; }
            var differing = keys.filter(function (key) {
              var all = chosenRuns();
              return all.some(function (other) { return other.settings[key] !== all[0].settings[key]; });
            });
            if (!differing.length || selected.length < 2 || differing.length > 5) {
              return labels.has(id) ? one.label : one.name.split("/").pop();
            }
            return differing.map(function (key) {
              return Ballast.lastPart(key) + " " + (one.settings[key] === undefined ? "-" : one.settings[key]);
            }).join(", ");
          }

          function colourValues() {
            var values = [];
            chosenRuns().forEach(function (one) {
              var value = one.settings[colourKey];
              if (value !== undefined && values.indexOf(value) < 0) { values.push(value); }
            });
            return values.sort(function (a, b) { return Number(a) - Number(b) || String(a).localeCompare(String(b)); });
          }
          var colours = new Map();
          function colour(id) {
            if (!colours.has(id)) { colours.set(id, newColour(id)); }
            return colours.get(id);
          }
          function newColour(id) {
            var list = palette[root.dataset.theme] || palette.light;
            if (!colourKey) { return list[Math.max(selected.indexOf(id), 0) % list.length]; }
            var values = colourValues(), one = run(id);
            var place = one ? values.indexOf(one.settings[colourKey]) : -1;
            if (place < 0) { return Ballast.css("--muted"); }
            var isNumeric = values.every(function (value) { return !isNaN(Number(value)); });
            return isNumeric && values.length > 2
              ? Ballast.ramp(place / (values.length - 1)) : list[place % list.length];
          }
          function chooseColours() {
            var all = chosenRuns();
            var differing = keys.filter(function (key) {
              return all.some(function (one) { return one.settings[key] !== all[0].settings[key]; });
            });
            var wanted = get("colour").value;
            var rate = differing.find(function (key) { return Ballast.lastPart(key) === "learning-rate"; });
            get("colour").replaceChildren.apply(get("colour"), [""].concat(differing).map(function (key) {
              return Ballast.element("option", { value: key, text: key ? Ballast.lastPart(key) : "run" });
            }));
            colours.clear();
            colourKey = colourIsChosen && (wanted === "" || differing.indexOf(wanted) >= 0) ? wanted
              : selected.length > 3 && rate ? rate : "";
            get("colour").value = colourKey;
          }
          var colourIsChosen = false;
          get("colour").addEventListener("change", function () {
            colourIsChosen = true;
            colourKey = get("colour").value;
            redraw();
          });
          get("smoothing").addEventListener("input", function () {
            smoothing = Number(get("smoothing").value);
            get("smoothing-value").textContent = smoothing ? String(smoothing) : "off";
            charts.forEach(function (chart) { chart.draw(); });
          });

          function select(ids) {
            selected = ids.slice(0, 200);
            hasChosen = true;
            selectionChanged();
          }
          function toggle(id) {
            hasChosen = true;
            selected = isSelected(id) ? selected.filter(function (other) { return other !== id; })
              : selected.concat(id).slice(-200);
            selectionChanged();
          }
          function selectionChanged() {
            chooseColours();
            charts.forEach(function (chart) { chart.keep(selected); });
            follow();
            redraw();
          }

          var tip = get("tip");
          function showTip(event, text) {
            tip.hidden = !event;
            if (!event) { return; }
            tip.textContent = text;
            tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 14)) + "px";
            tip.style.top = Math.min(event.clientY + 18, innerHeight - tip.offsetHeight - 10) + "px";
          }

          var grid = new Ballast.Studies(get("studies"), {
            run: run, toggle: toggle, select: select, isSelected: isSelected, tip: showTip
          });
          var table = new Ballast.Runs(get("runs"), get("runs-note"), {
            runs: function () { return Array.from(runs.values()); }, toggle: toggle, isSelected: isSelected,
            colour: colour
          });
          get("filter").addEventListener("input", function () { table.text = get("filter").value; table.show(); });
          get("select-shown").addEventListener("click", function () {
            select(table.shown().map(function (one) { return one.id; }));
          });
          get("select-none").addEventListener("click", function () { select([]); });

          // Charts.
          var later = 0;
          function zoom(range) {
            Ballast.view.range = range;
            get("zoom-out").hidden = range === null;
            charts.forEach(function (chart) { chart.draw(); });
            clearTimeout(later);
            // What is shown larger has more of its points to show.
            later = setTimeout(refine, 150);
          }
          function refine() {
            if (!selected.length || !open.length) { return; }
            if (!Ballast.view.range) { return follow(); }
            var span = Ballast.view.range[1] - Ballast.view.range[0];
            var query = "runs=" + selected.join(",") + "&tags=" + open.map(encodeURIComponent).join(",") +
              "&from=" + Math.max(Ballast.view.range[0] - span, 0) + "&to=" + (Ballast.view.range[1] + span) +
              "&buckets=" + buckets();
            fetch("/api/curves?" + query).then(function (answer) { return answer.json(); }).then(function (curves) {
              if (Ballast.view.range) { curves.forEach(take); }
            }).catch(function () { notice("The server does not answer."); });
          }
          get("zoom-out").addEventListener("click", function () { zoom(null); });
          function buckets() { return Math.max(60, Math.min(600, Math.round(40000 / Math.max(selected.length, 1) / 5))); }

          function take(curve) {
            var chart = charts.get(curve.tag);
            if (chart && isSelected(curve.run)) { chart.set(curve.run, { steps: curve.steps, values: curve.values }); }
          }

          function showCharts() {
            charts.forEach(function (chart, tag) {
              if (open.indexOf(tag) < 0) { chart.box.remove(); charts.delete(tag); }
            });
            open.forEach(function (tag) {
              if (!charts.has(tag)) {
                charts.set(tag, new Ballast.Chart(tag, {
                  colour: colour, name: name, smoothing: function () { return smoothing; },
                  any: function () { return selected.length > 0; }, zoom: zoom,
                  pan: function (range) {
                    Ballast.view.range = range;
                    charts.forEach(function (chart) { chart.draw(); });
                  },
                  shoot: function () { charts.forEach(function (chart) { chart.shoot(); }); },
                  cut: function () { charts.forEach(function (chart) { chart.film = null; }); },
                  close: function (closed) { toggleTag(closed); }
                }));
              }
              get("charts").append(charts.get(tag).box);
            });
          }
          function toggleTag(tag) {
            open = open.indexOf(tag) >= 0 ? open.filter(function (other) { return other !== tag; }) : open.concat(tag);
            showTags();
            showCharts();
            follow();
          }
          function showTags() {
            get("tags").replaceChildren.apply(get("tags"), tags.map(function (tag) {
              var button = Ballast.element("button", { type: "button", text: tag,
                "aria-pressed": open.indexOf(tag) >= 0 ? "true" : "false" });
              button.addEventListener("click", function () { toggleTag(tag); });
              return button;
            }));
          }
          function fetchTags() {
            fetch("/api/tags").then(function (answer) { return answer.json(); }).then(function (all) {
              if (all.join() === tags.join()) { return; }
              tags = all;
              if (!open.length) {
                open = ["train/loss", "val/loss", "optim/grad_norm"].filter(function (tag) { return all.indexOf(tag) >= 0; });
                var logit = all.find(function (tag) { return /^attn\/.*max_logit$/.test(tag); });
                if (logit) { open.push(logit); }
                if (!open.length) { open = all.slice(0, 2); }
              }
              showTags();
              showCharts();
              follow();
            }).catch(function () { notice("The server does not answer."); });
          }

          // What the server says.
          function follow() {
            var query = "runs=" + selected.join(",") + "&tags=" + open.map(encodeURIComponent).join(",") +
              "&buckets=" + buckets();
            if (stream && stream.query === query) { return; }
            if (stream) { stream.close(); }
            stream = new EventSource("/api/stream?" + query);
            stream.query = query;
            stream.addEventListener("open", function () { live("on", "live"); });
            stream.addEventListener("error", function () { live("off", "no connection, trying again"); });
            stream.addEventListener("overview", function (event) { overview(JSON.parse(event.data)); });
            stream.addEventListener("runs", function (event) { changed(JSON.parse(event.data)); });
            stream.addEventListener("curve", function (event) {
              if (!Ballast.view.range) { take(JSON.parse(event.data)); }
            });
            stream.addEventListener("points", function (event) {
              var part = JSON.parse(event.data), chart = charts.get(part.tag);
              if (chart) { chart.append(part.run, part); }
            });
          }
          function live(state, words) {
            get("live").className = "live " + state;
            get("live").textContent = words;
          }
          function notice(text) { get("notice").hidden = !text; get("notice").textContent = text; }

          function overview(all) {
            get("root").textContent = all.root;
            document.title = all.root.split("/").pop() + " - Ballast";
            studies = all.studies;
            readLabels();
            runs = new Map(all.runs.map(function (one) { return [one.id, label(one)]; }));
            // Studies that run now stand first.
            var runsNow = function (study) {
              return study.cells.filter(function (cell) {
                var one = run(cell.run);
                return one && one.state === "running";
              }).length > 0;
            };
            studies = all.studies.slice().sort(function (a, b) { return runsNow(b) - runsNow(a) || a.id - b.id; });
            keys = all.keys;
            notice(all.is_cut ? "There is more in this folder than is shown."
              : all.runs.length ? "" : "No runs yet: they appear here as soon as they begin.");
            selected = selected.filter(function (id) { return runs.has(id); });
            // Before anybody chose: the first study as it fills in, else some runs.
            if (!hasChosen) {
              var first = studies.length
                ? studies[0].cells.map(function (cell) { return run(cell.run); }).filter(Boolean) : [];
              if (!first.length) { first = all.runs.slice(0, 8); }
              selected = first.slice(0, 48).map(function (one) { return one.id; });
              charts.forEach(function (chart) { chart.keep(selected); });
            }
            chooseColours();
            grid.show(studies);
            table.show(keys);
            redraw();
            fetchTags();
            follow();
          }
          function changed(some) {
            some.forEach(function (one) { runs.set(one.id, label(one)); });
            grid.update();
            table.update(some);
            summary();
            if (some.some(function (one) { return isSelected(one.id); })) { difference(); }
            if (!tags.length) { fetchTags(); }
          }
          function difference() {
            var all = chosenRuns(), shown = Ballast.difference(all, name, colour);
            get("difference-part").hidden = !shown;
            if (!shown) { return; }
            if (all.length <= 12) { return get("difference").replaceChildren(shown); }
            // Of many runs the table below says the same.
            var before = get("difference").querySelector("details");
            var details = Ballast.element("details", {}, [
              Ballast.element("summary", { text: all.length + " runs" }), shown]);
            details.open = Boolean(before && before.open);
            get("difference").replaceChildren(details);
          }
          function legend() {
            var entries = [];
            if (colourKey) {
              var values = colourValues();
              // Of a long scale its ends and what lies between.
              if (values.length > 10 && values.every(function (value) { return !isNaN(Number(value)); })) {
                values = [0, 0.25, 0.5, 0.75, 1].map(function (share) {
                  return values[Math.round(share * (values.length - 1))];
                });
              }
              entries = values.map(function (value) {
                var one = chosenRuns().find(function (other) { return other.settings[colourKey] === value; });
                return [colour(one.id), Ballast.lastPart(colourKey) + " " + value];
              });
            } else if (selected.length <= 12) {
              entries = selected.map(function (id) { return [colour(id), name(id)]; });
            }
            get("legend").replaceChildren.apply(get("legend"), entries.map(function (entry) {
              var line = Ballast.element("i");
              line.style.background = entry[0];
              return Ballast.element("span", {}, [line, entry[1]]);
            }));
          }
          function redraw() {
            colours.clear();
            if (!runs.size && !studies.length) { return; }
            grid.update();
            table.update(Array.from(runs.values()));
            difference();
            legend();
            summary();
            charts.forEach(function (chart) { chart.draw(); });
          }
          function summary() {
            Ballast.summary(Array.from(runs.values()), studies);
            Ballast.alarms(Array.from(runs.values()), function (id) {
              if (!isSelected(id)) { toggle(id); }
            });
          }

          theme();
          fetchTags();
          follow();
        })();
        """#
}
