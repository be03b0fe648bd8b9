/// The table of runs: sorted and filtered by any key, and the keys in which selected runs differ.
enum RunsScript {
    /// Defines `Ballast.Runs`.
    static let text = #"""
        "use strict";
        // A filter is words, all of which must hold: KEY=VALUE, KEY!=VALUE, KEY<NUMBER and so on, or a part of
        // the name or state.
        Ballast.filter = function (text) {
          var tests = text.trim().split(/\s+/).filter(Boolean).map(function (word) {
            var parts = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.*)$/.exec(word);
            if (!parts) {
              var part = word.toLowerCase();
              return function (run) { return (run.label + " " + run.name + " " + run.state).toLowerCase().indexOf(part) >= 0; };
            }
            var key = parts[1], sign = parts[2], wanted = parts[3], number = Number(wanted);
            return function (run) {
              var value = Ballast.valueOf(run, key);
              if (value === undefined || value === null) { return sign === "!="; }
              var a = Number(value), numeric = wanted !== "" && !isNaN(number) && !isNaN(a) && value !== "";
              if (sign === "=") { return numeric ? a === number : String(value) === wanted; }
              if (sign === "!=") { return numeric ? a !== number : String(value) !== wanted; }
              if (!numeric) { return false; }
              return sign === "<" ? a < number : sign === ">" ? a > number : sign === "<=" ? a <= number : a >= number;
            };
          });
          return function (run) { return tests.every(function (test) { return test(run); }); };
        };
        Ballast.valueOf = function (run, key) {
          if (key in run.settings) { return run.settings[key]; }
          var full = Object.keys(run.settings).find(function (name) { return Ballast.lastPart(name) === key; });
          if (full) { return run.settings[full]; }
          var own = { loss: "loss", "final-loss": "final_loss", step: "step", logit: "max_logit", state: "state",
            name: "name", speed: "tokens_per_second" }[key];
          return own ? run[own] : undefined;
        };

        Ballast.Runs = class {
          constructor(table, note, actions) {
            this.table = table;
            this.note = note;
            this.actions = actions;
            this.sort = { key: "name", up: true };
            this.text = "";
            this.limit = 500;
            this.keys = [];
            this.rows = new Map();
            var self = this;
            table.addEventListener("click", function (event) {
              var row = event.target.closest("tbody tr");
              if (!row || event.target.closest("a")) { return; }
              self.actions.toggle(Number(row.dataset.run));
            });
          }

          columns() {
            var fixed = [
              { key: "state", title: "state", word: true }, { key: "name", title: "run", word: true },
              { key: "step", title: "step" }, { key: "loss", title: "train loss" },
              { key: "final_loss", title: "val loss" }, { key: "max_logit", title: "max logit" },
              { key: "tokens_per_second", title: "tokens/s" }, { key: "left", title: "left" }];
            return fixed.concat(this.keys.map(function (key) {
              return { key: key, title: Ballast.lastPart(key), setting: true };
            }));
          }

          shown() {
            var test = Ballast.filter(this.text), sort = this.sort;
            var runs = this.actions.runs().filter(test);
            var value = function (run) {
              return sort.setting ? run.settings[sort.key] : run[sort.key === "name" ? "label" : sort.key];
            };
            return runs.sort(function (a, b) {
              var x = value(a), y = value(b);
              if (x === undefined || y === undefined) { return (x === undefined) - (y === undefined); }
              var numeric = !isNaN(Number(x)) && !isNaN(Number(y));
              var order = numeric ? Number(x) - Number(y) : String(x).localeCompare(String(y), "en", { numeric: true });
              return sort.up ? order : -order;
            });
          }

          // Draws the table anew.
          show(keys) {
            var self = this;
            if (keys) { this.keys = keys; }
            var columns = this.columns();
            var head = Ballast.element("tr", {}, columns.map(function (column) {
              var isSorted = self.sort.key === column.key;
              var button = Ballast.element("button", { type: "button", title: column.key,
                text: column.title + (isSorted ? (self.sort.up ? " \u2191" : " \u2193") : "") });
              button.addEventListener("click", function () {
                self.sort = { key: column.key, setting: column.setting, up: isSorted ? !self.sort.up : true };
                self.show();
              });
              return Ballast.element("th", { "class": column.word ? "word" : null,
                "aria-sort": isSorted ? (self.sort.up ? "ascending" : "descending") : null }, [button]);
            }));
            var runs = this.shown();
            this.rows.clear();
            var body = Ballast.element("tbody", {}, runs.slice(0, this.limit).map(function (run) {
              var row = Ballast.element("tr", { "data-run": run.id, id: "run-" + run.id });
              self.rows.set(run.id, row);
              self.fill(row, run, columns);
              return row;
            }));
            this.table.replaceChildren(Ballast.element("thead", {}, [head]), body);
            var all = this.actions.runs().length;
            this.note.textContent = runs.length === all ? "" : runs.length + " of " + all + " runs";
            if (runs.length > this.limit) { this.note.textContent += "; the first " + this.limit + " are shown"; }
          }

          fill(row, run, columns) {
            var self = this;
            row.className = this.actions.isSelected(run.id) ? "picked" : "";
            row.replaceChildren.apply(row, columns.map(function (column) {
              return self.cell(run, column);
            }));
          }

          cell(run, column) {
            var value = column.setting ? run.settings[column.key] : run[column.key];
            var cell = Ballast.element("td", { "class": column.word ? "word " + column.key : null });
            if (column.key === "name") {
              var swatch = Ballast.element("span", { "class": "swatch" });
              swatch.style.background = this.actions.isSelected(run.id) ? this.actions.colour(run.id) : "transparent";
              cell.append(swatch, run.label);
              cell.title = run.name;
            } else if (column.key === "state") {
              cell.append(Ballast.element("span", { "class": "state-" + run.state, text: run.state }));
              var worst = run.alarms[0];
              var name = worst ? worst.name : run.state === "diverged" || run.state === "failed" ? run.state : null;
              if (name) {
                cell.append(" ", Ballast.element("a", { "class": "bad", href: "#explain-" + name, text: "\u26a0",
                  title: worst ? worst.evidence : run.diverged || name, "aria-label": name }));
              }
            } else if (value === undefined || value === null) { cell.textContent = ""; }
            else if (column.key === "step") {
              cell.textContent = Ballast.count(value) + (run.steps ? " / " + Ballast.count(run.steps) : "");
            } else if (column.key === "loss" || column.key === "final_loss") { cell.textContent = value.toFixed(3); }
            else if (column.key === "max_logit") {
              cell.textContent = Ballast.number(value);
              if (value > 1e4) { cell.className = "bad"; }
            } else if (column.key === "tokens_per_second") { cell.textContent = Ballast.count(Math.round(value)); }
            else if (column.key === "left") { cell.textContent = Ballast.duration(value); }
            else { cell.textContent = value; }
            return cell;
          }

          // Brings some rows up to date, in their places.
          update(runs) {
            var self = this, columns = this.columns();
            runs.forEach(function (run) {
              var row = self.rows.get(run.id);
              if (row) { self.fill(row, run, columns); }
            });
          }
        };

        // The keys in which runs differ, run by run.
        Ballast.difference = function (runs, name, colour) {
          if (runs.length < 2) { return null; }
          var keys = [];
          runs.forEach(function (run) {
            Object.keys(run.settings).forEach(function (key) { if (keys.indexOf(key) < 0) { keys.push(key); } });
          });
          keys = keys.filter(function (key) {
            return runs.some(function (run) { return run.settings[key] !== runs[0].settings[key]; });
          }).sort();
          var table = Ballast.element("table", { "class": "plain" });
          table.append(Ballast.element("thead", {}, [Ballast.element("tr", {},
            [Ballast.element("th", { "class": "word", text: "run" })].concat(keys.map(function (key) {
              return Ballast.element("th", { text: key });
            })).concat(["val loss", "max logit"].map(function (title) {
              return Ballast.element("th", { text: title });
            })))]));
          table.append(Ballast.element("tbody", {}, runs.slice(0, 40).map(function (run) {
            var swatch = Ballast.element("span", { "class": "swatch" });
            swatch.style.background = colour(run.id);
            return Ballast.element("tr", {}, [Ballast.element("td", { "class": "word" }, [swatch, name(run.id)])]
              .concat(keys.map(function (key) {
                return Ballast.element("td", { text: run.settings[key] === undefined ? "-" : run.settings[key] });
              })).concat([
                Ballast.element("td", { text: run.final_loss === undefined ? "" : run.final_loss.toFixed(3) }),
                Ballast.element("td", { text: run.max_logit === undefined ? "" : Ballast.number(run.max_logit) })]));
          })));
          return table;
        };
        """#
}
