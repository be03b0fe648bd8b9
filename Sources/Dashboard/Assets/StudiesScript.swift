/// The studies as grids of cells that fill in.
enum StudiesScript {
    /// Defines `Ballast.Studies`.
    static let text = #"""
        "use strict";
        Ballast.element = function (tag, attributes, children) {
          var element = document.createElement(tag);
          Object.keys(attributes || {}).forEach(function (name) {
            if (name === "text") { element.textContent = attributes.text; }
            else if (name === "class") { element.className = attributes["class"]; }
            else if (name === "on") {
              Object.keys(attributes.on).forEach(function (event) {
                element.addEventListener(event, attributes.on[event]);
              });
            } else if (attributes[name] !== null && attributes[name] !== undefined) {
              element.setAttribute(name, attributes[name]);
            }
          });
          (children || []).forEach(function (child) {
            if (child) { element.append(child); }
          });
          return element;
        };
        Ballast.lastPart = function (key) {
          var parts = key.split("."), vague = ["every", "batches", "rate", "form", "kind", "shape", "rule", "value"];
          return parts.slice(vague.indexOf(parts[parts.length - 1]) < 0 ? -1 : -2).join(".");
        };
        Ballast.duration = function (seconds) {
          if (seconds < 60) { return Math.max(Math.round(seconds), 1) + " s"; }
          if (seconds < 3600) { return Math.round(seconds / 60) + " min"; }
          return Math.floor(seconds / 3600) + " h " + Math.round(seconds % 3600 / 60) + " min";
        };

        // Colours from low to high that eyes of all kinds can order (after cividis).
        Ballast.ramp = function (share) {
          var dark = document.documentElement.dataset.theme === "dark";
          var stops = dark
            ? [[58, 104, 190], [86, 150, 180], [140, 180, 130], [212, 190, 84], [250, 226, 100]]
            : [[18, 52, 110], [44, 104, 142], [70, 140, 120], [190, 140, 40], [214, 94, 40]];
          var at = Math.max(0, Math.min(share, 1)) * (stops.length - 1);
          var i = Math.min(Math.floor(at), stops.length - 2), rest = at - i;
          return "rgb(" + stops[i].map(function (part, k) {
            return Math.round(part + (stops[i + 1][k] - part) * rest);
          }).join(",") + ")";
        };

        Ballast.Studies = class {
          constructor(place, actions) {
            this.place = place;
            this.actions = actions;
            this.cells = new Map();
          }

          // Draws all studies anew.
          show(studies, runs) {
            var self = this;
            this.studies = studies;
            this.cells.clear();
            this.place.replaceChildren.apply(this.place, studies.map(function (study) {
              return self.study(study, runs);
            }));
            this.update(runs);
          }

          study(study) {
            var head = [Ballast.element("h3", { text: study.title })];
            study.info = Ballast.element("span", { "class": "muted" });
            head.push(study.info);
            Object.keys(study.verdicts).sort().forEach(function (file) {
              var word = study.verdicts[file];
              head.push(Ballast.element("span", { "class": "badge " + word,
                text: file.replace(".json", "") + ": " + word }));
            });
            var folder = study.name === "." ? "" : study.name.split("/").map(encodeURIComponent).join("/") + "/";
            study.pages.forEach(function (page) {
              head.push(Ballast.element("a", { href: "/files/" + folder + encodeURIComponent(page),
                target: "_blank", rel: "noopener", text: page }));
            });
            study.progress = Ballast.element("div", { "class": "progress", role: "progressbar",
              "aria-label": study.title });
            var all = Ballast.element("button", { type: "button", text: "Show its curves" });
            var self = this;
            all.addEventListener("click", function () {
              self.actions.select(study.cells.map(function (cell) { return cell.run; })
                .filter(function (run) { return run !== null && run !== undefined; }));
            });
            head.push(all);
            return Ballast.element("article", { "class": "study" }, [
              Ballast.element("header", {}, head), study.progress,
              Ballast.element("div", { "class": "scroll" }, [this.grid(study)])]);
          }

          // Columns are the learning rates, or the longest axis; rows are what else is swept.
          grid(study) {
            var self = this, values = {};
            study.axes.forEach(function (axis) {
              values[axis] = [];
              study.cells.forEach(function (cell) {
                var value = cell.settings[axis];
                if (values[axis].indexOf(value) < 0) { values[axis].push(value); }
              });
            });
            var across = study.axes.find(function (axis) { return Ballast.lastPart(axis) === "learning-rate"; }) ||
              study.axes.slice().sort(function (a, b) { return values[b].length - values[a].length; })[0];
            var others = study.axes.filter(function (axis) {
              return axis !== across && values[axis].length > 1;
            });
            var columns = across ? values[across] : [""];
            if (columns.every(function (value) { return !isNaN(Number(value)); })) {
              columns.sort(function (a, b) { return Number(a) - Number(b); });
            }
            var rows = new Map();
            study.cells.forEach(function (cell) {
              var name = others.map(function (axis) { return cell.settings[axis]; }).join("\u0000");
              if (!rows.has(name)) { rows.set(name, { cell: cell, at: {} }); }
              rows.get(name).at[across ? cell.settings[across] : ""] = cell;
            });
            var table = Ballast.element("table", { "class": "grid" });
            var head = Ballast.element("tr", {}, others.map(function (axis) {
              return Ballast.element("th", { text: Ballast.lastPart(axis), title: axis });
            }).concat(columns.map(function (value) {
              return Ballast.element("th", { text: value, title: across });
            })));
            if (!others.length) { head.prepend(Ballast.element("th", { text: across ? Ballast.lastPart(across) : "" })); }
            table.append(Ballast.element("thead", {}, [head]));
            var body = Ballast.element("tbody");
            rows.forEach(function (row) {
              var line = Ballast.element("tr", {}, others.map(function (axis) {
                return Ballast.element("th", { "class": "row", text: row.cell.settings[axis] });
              }));
              if (!others.length) { line.append(Ballast.element("th", { "class": "row", text: "" })); }
              columns.forEach(function (value) {
                var cell = row.at[value], place = Ballast.element("td");
                if (cell) { place.append(self.cell(study, cell)); }
                line.append(place);
              });
              body.append(line);
            });
            table.append(body);
            return table;
          }

          cell(study, cell) {
            var self = this;
            var button = Ballast.element("button", { type: "button", "class": "cell missing" });
            button.addEventListener("click", function () {
              if (cell.run !== null && cell.run !== undefined) { self.actions.toggle(cell.run); }
            });
            button.addEventListener("pointerenter", function (event) {
              self.actions.tip(event, self.words(cell));
            });
            button.addEventListener("pointerleave", function () { self.actions.tip(null); });
            this.cells.set(cell, button);
            return button;
          }

          words(cell) {
            var run = this.actions.run(cell.run), lines = [cell.name.replace(/,/g, ", ")];
            if (!run) { return lines.concat("not begun").join("\n"); }
            lines.push(run.state + ", step " + Ballast.count(run.step) + " of " + Ballast.count(cell.steps));
            if (run.final_loss !== undefined && run.state === "finished") {
              lines.push("final loss " + run.final_loss.toFixed(3));
            } else if (run.loss !== undefined) { lines.push("training loss " + run.loss.toFixed(3)); }
            if (run.max_logit !== undefined) { lines.push("largest attention logit " + Ballast.number(run.max_logit)); }
            if (run.diverged) { lines.push("diverged at " + run.diverged); }
            if (run.left !== undefined) { lines.push("about " + Ballast.duration(run.left) + " left"); }
            return lines.join("\n");
          }

          // Brings colours, words and bars up to date.
          update() {
            var self = this;
            (this.studies || []).forEach(function (study) {
              var losses = [], counts = {}, left = 0, open = 0, speed = 0;
              study.cells.forEach(function (cell) {
                var run = self.actions.run(cell.run), state = run ? run.state : "missing";
                counts[state] = (counts[state] || 0) + 1;
                if (run && state === "finished" && run.final_loss !== undefined) { losses.push(run.final_loss); }
                if (state !== "finished" && state !== "diverged") { open += cell.steps - (run ? run.step : 0); }
                if (run && run.left) { speed += (cell.steps - run.step) / run.left; }
              });
              if (speed > 0) { left = open / speed; }
              var low = Math.min.apply(null, losses), high = Math.max.apply(null, losses);
              study.cells.forEach(function (cell) {
                self.paint(self.cells.get(cell), cell, self.actions.run(cell.run), low, high);
              });
              var total = study.cells.length, done = (counts.finished || 0) + (counts.diverged || 0);
              var words = [done + " of " + total + " runs done"];
              ["running", "diverged", "failed", "interrupted"].forEach(function (state) {
                if (counts[state]) { words.push(counts[state] + " " + state); }
              });
              if (left > 0) { words.push("about " + Ballast.duration(left) + " left"); }
              study.info.textContent = words.join(" \u00b7 ");
              study.progress.setAttribute("aria-valuenow", String(Math.round(100 * done / total)));
              study.progress.replaceChildren.apply(study.progress, [
                ["", counts.finished], ["bad", (counts.diverged || 0) + (counts.failed || 0)],
                ["running", counts.running]
              ].map(function (part) {
                var bar = Ballast.element("i", { "class": part[0] });
                bar.style.width = 100 * (part[1] || 0) / total + "%";
                return bar;
              }));
            });
          }

          paint(button, cell, run, low, high) {
            var state = run ? run.state : "missing", text = "", share = 0;
            button.className = "cell " + state + (run && this.actions.isSelected(run.id) ? " picked" : "");
            button.style.background = "";
            button.style.color = "";
            if (!run) { text = "\u00b7"; }
            else if (state === "finished" && run.final_loss !== undefined) {
              text = run.final_loss.toFixed(3);
              share = high > low ? (run.final_loss - low) / (high - low) : 0;
              button.style.background = Ballast.ramp(share);
              button.style.color = document.documentElement.dataset.theme === "dark" && share > 0.3 ? "#10141a" : "#ffffff";
            } else if (state === "diverged") { text = "diverged"; }
            else if (state === "running") {
              share = Math.round(100 * run.step / cell.steps);
              text = run.loss !== undefined ? run.loss.toFixed(2) : share + "%";
              button.style.background = "linear-gradient(to right, " + Ballast.css("--line") + " " + share +
                "%, transparent " + share + "%)";
            } else { text = state; }
            button.textContent = text;
            button.setAttribute("aria-label", this.words(cell).replace(/\n/g, ", "));
            button.setAttribute("aria-pressed", run && this.actions.isSelected(run.id) ? "true" : "false");
          }
        };
        """#
}
