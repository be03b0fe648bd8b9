/// A chart of curves over steps on a canvas.
enum ChartScript {
    /// Defines `Ballast.Chart`.
    static let text = #"""
        "use strict";
        // The view of all charts: the steps shown; null for all of them.
        Ballast.view = { range: null };

        Ballast.Chart = class {
          constructor(tag, actions) {
            this.tag = tag;
            this.curves = new Map();
            this.actions = actions;
            this.isLog = null;
            this.hover = null;
            this.queued = false;
            var box = document.createElement("article");
            box.className = "chart";
            box.innerHTML = "<header><h3></h3><button type=\"button\" class=\"log\"></button>" +
              "<button type=\"button\" class=\"close\" aria-label=\"Close\">\u00d7</button></header>" +
              "<canvas role=\"img\"></canvas><div class=\"readout\"></div>";
            this.box = box;
            this.canvas = box.querySelector("canvas");
            this.readout = box.querySelector(".readout");
            this.logButton = box.querySelector(".log");
            box.querySelector("h3").textContent = tag;
            this.canvas.setAttribute("aria-label", tag + " over steps");
            var self = this;
            this.logButton.addEventListener("click", function () {
              self.isLog = !self.usesLog();
              self.draw();
            });
            box.querySelector(".close").addEventListener("click", function () { actions.close(tag); });
            this.listen();
            new ResizeObserver(function () { self.draw(); }).observe(this.canvas);
          }

          set(run, curve) { this.curves.set(run, curve); this.draw(); }
          append(run, part) {
            var curve = this.curves.get(run);
            if (!curve) { return; }
            curve.steps = curve.steps.concat(part.steps);
            curve.values = curve.values.concat(part.values);
            this.draw();
          }
          keep(runs) {
            var self = this;
            Array.from(this.curves.keys()).forEach(function (run) {
              if (runs.indexOf(run) < 0) { self.curves.delete(run); }
            });
            this.draw();
          }

          draw() {
            if (this.queued) { return; }
            this.queued = true;
            var self = this;
            requestAnimationFrame(function () { self.queued = false; self.paint(); });
          }

          usesLog() {
            if (this.isLog !== null) { return this.isLog; }
            return this.low > 0 && this.high / this.low > 6;
          }

          extent() {
            if (this.film) { return true; }
            var range = Ballast.view.range, first = Infinity, last = -Infinity;
            var low = Infinity, high = -Infinity, positive = Infinity;
            this.curves.forEach(function (curve) {
              var steps = curve.steps, values = curve.values;
              for (var i = 0; i < steps.length; i++) {
                var step = steps[i], value = values[i];
                if (range && (step < range[0] || step > range[1])) { continue; }
                if (step < first) { first = step; }
                if (step > last) { last = step; }
                if (value === null) { continue; }
                if (value < low) { low = value; }
                if (value > high) { high = value; }
                if (value > 0 && value < positive) { positive = value; }
              }
            });
            this.first = range ? range[0] : Math.min(first, 0);
            this.last = range ? range[1] : Math.max(last, this.first + 1);
            this.low = low; this.high = high; this.positive = positive;
            return low <= high;
          }

          paint() {
            var canvas = this.canvas, scale = window.devicePixelRatio || 1;
            var width = canvas.clientWidth, height = canvas.clientHeight;
            if (!width) { return; }
            if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
              canvas.width = Math.round(width * scale);
              canvas.height = Math.round(height * scale);
            }
            var pen = canvas.getContext("2d");
            pen.setTransform(scale, 0, 0, scale, 0, 0);
            pen.clearRect(0, 0, width, height);
            pen.font = "12px Inter, Helvetica, Arial, 'DejaVu Sans', sans-serif";
            var has = this.extent();
            if (this.film && has) { return this.project(pen, width, height); }
            if (!has) {
              pen.fillStyle = Ballast.css("--muted");
              pen.textAlign = "center";
              pen.fillText(this.actions.any() ? "No points of it yet" : "Select runs to see their curves",
                width / 2, height / 2);
              this.logButton.hidden = true;
              return;
            }
            var isLog = this.usesLog();
            this.logButton.hidden = this.high <= 0;
            this.logButton.textContent = isLog ? "log" : "linear";
            var low = isLog ? Math.log10(this.positive) : this.low;
            var high = isLog ? Math.log10(Math.max(this.high, this.positive)) : this.high;
            var room = (high - low || Math.abs(high) || 1) * 0.05;
            low -= room; high += room;
            var frame = { left: 52, right: width - 12, top: 8, bottom: height - 24 };
            this.frame = frame;
            this.bounds = { low: low, high: high, isLog: isLog };
            var self = this;
            var x = function (step) {
              return frame.left + (step - self.first) / (self.last - self.first) * (frame.right - frame.left);
            };
            var y = function (value) {
              var place = isLog ? (value > 0 ? Math.log10(value) : -Infinity) : value;
              var at = frame.bottom - (place - low) / (high - low) * (frame.bottom - frame.top);
              return Math.max(Math.min(at, frame.bottom + 400), frame.top - 400);
            };
            this.x = x; this.y = y;
            this.axes(pen, frame, x, y, low, high, isLog);
            pen.save();
            pen.beginPath();
            pen.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
            pen.clip();
            pen.lineJoin = "bevel";
            this.lines(pen, frame);
            pen.restore();
            pen.globalAlpha = 1;
            if (this.drag && !this.drag.pan) {
              pen.fillStyle = Ballast.css("--accent");
              pen.globalAlpha = 0.15;
              pen.fillRect(Math.min(this.drag.from, this.drag.to), frame.top,
                Math.abs(this.drag.to - this.drag.from), frame.bottom - frame.top);
              pen.globalAlpha = 1;
            }
          }

          lines(pen, frame) {
            var self = this, hover = this.hover, thin = this.curves.size > 24;
            this.curves.forEach(function (curve, run) {
              pen.globalAlpha = hover === null || hover === run ? 1 : 0.18;
              pen.lineWidth = hover === run ? 2.4 : thin ? 1 : 1.5;
              self.line(pen, curve, self.actions.colour(run), frame);
            });
            pen.globalAlpha = 1;
          }

          // Three windows beside each other, drawn once: panning shows a part of them.
          shoot() {
            if (!this.frame || !this.bounds) { return; }
            var range = Ballast.view.range, span = range[1] - range[0], scale = window.devicePixelRatio || 1;
            var frame = this.frame, width = frame.right - frame.left;
            var sheet = document.createElement("canvas");
            sheet.width = Math.round(3 * width * scale);
            sheet.height = Math.round((frame.bottom - frame.top) * scale);
            var pen = sheet.getContext("2d");
            pen.setTransform(scale, 0, 0, scale, 0, -frame.top * scale);
            pen.lineJoin = "bevel";
            var first = range[0] - span, x = this.x;
            this.x = function (step) { return (step - first) / (3 * span) * 3 * width; };
            this.lines(pen, frame);
            this.x = x;
            this.film = { sheet: sheet, first: first, span: span };
          }
          project(pen, width, height) {
            var frame = this.frame, film = this.film, range = Ballast.view.range, self = this;
            var across = frame.right - frame.left;
            this.first = range[0]; this.last = range[1];
            this.x = function (step) {
              return frame.left + (step - self.first) / (self.last - self.first) * across;
            };
            this.axes(pen, frame, this.x, this.y, this.bounds.low, this.bounds.high, this.bounds.isLog);
            var from = (range[0] - film.first) / film.span * film.sheet.width / 3;
            pen.save();
            pen.beginPath();
            pen.rect(frame.left, frame.top, across, frame.bottom - frame.top);
            pen.clip();
            pen.drawImage(film.sheet, from, 0, film.sheet.width / 3, film.sheet.height,
              frame.left, frame.top, across, frame.bottom - frame.top);
            pen.restore();
          }

          line(pen, curve, colour, frame) {
            var weight = this.actions.smoothing(), mean = 0, norm = 0;
            var x = this.x, y = this.y, steps = curve.steps, values = curve.values;
            var isLog = this.usesLog(), open = false, points = 0, lastX = 0, lastY = 0;
            pen.strokeStyle = colour;
            pen.fillStyle = colour;
            pen.beginPath();
            var lost = [];
            for (var i = 0; i < steps.length; i++) {
              var value = values[i];
              if (value === null) { lost.push(steps[i]); open = false; continue; }
              if (weight > 0) {
                mean = weight * mean + (1 - weight) * value;
                norm = weight * norm + (1 - weight);
                value = mean / norm;
              }
              if (isLog && value <= 0) { open = false; continue; }
              lastX = x(steps[i]); lastY = y(value);
              if (open) { pen.lineTo(lastX, lastY); } else { pen.moveTo(lastX, lastY); }
              open = true;
              points += 1;
            }
            pen.stroke();
            if (points === 1) { pen.beginPath(); pen.arc(lastX, lastY, 2.5, 0, 7); pen.fill(); }
            // Triangles at the upper edge where a number became NaN or infinite.
            lost.slice(0, 50).forEach(function (step) {
              var at = x(step);
              pen.beginPath();
              pen.moveTo(at - 5, frame.top + 9); pen.lineTo(at + 5, frame.top + 9); pen.lineTo(at, frame.top + 1);
              pen.closePath(); pen.stroke();
            });
          }

          axes(pen, frame, x, y, low, high, isLog) {
            pen.strokeStyle = Ballast.css("--line");
            pen.fillStyle = Ballast.css("--muted");
            pen.lineWidth = 1;
            pen.textAlign = "right";
            pen.textBaseline = "middle";
            Ballast.ticks(low, high, isLog, (frame.bottom - frame.top) / 42).forEach(function (tick) {
              var at = Math.round(y(tick)) + 0.5;
              if (at < frame.top || at > frame.bottom) { return; }
              pen.beginPath(); pen.moveTo(frame.left, at); pen.lineTo(frame.right, at); pen.stroke();
              pen.fillText(Ballast.tickText(tick), frame.left - 7, at);
            });
            pen.textAlign = "center";
            pen.textBaseline = "top";
            Ballast.ticks(this.first, this.last, false, (frame.right - frame.left) / 90).forEach(function (tick) {
              if (tick !== Math.round(tick)) { return; }
              pen.fillText(Ballast.count(tick), Math.min(x(tick), frame.right - 14), frame.bottom + 7);
            });
          }

          place(event) {
            var box = this.canvas.getBoundingClientRect();
            return { x: event.clientX - box.left, y: event.clientY - box.top };
          }
          step(px) {
            var frame = this.frame;
            return this.first + (px - frame.left) / (frame.right - frame.left) * (this.last - this.first);
          }

          listen() {
            var self = this, canvas = this.canvas;
            canvas.addEventListener("pointerdown", function (event) {
              if (!self.frame || event.button !== 0) { return; }
              var at = self.place(event);
              self.drag = { from: at.x, to: at.x, pan: event.shiftKey && Ballast.view.range !== null,
                range: Ballast.view.range };
              canvas.setPointerCapture(event.pointerId);
              if (self.drag.pan) { self.actions.shoot(); }
            });
            canvas.addEventListener("pointermove", function (event) {
              var at = self.place(event);
              if (!self.drag) { return self.point(at); }
              self.drag.to = at.x;
              if (self.drag.pan) {
                var span = self.drag.range[1] - self.drag.range[0];
                var width = self.frame.right - self.frame.left;
                var by = Math.round((self.drag.from - at.x) / width * span);
                self.actions.pan([self.drag.range[0] + by, self.drag.range[1] + by]);
              } else { self.draw(); }
            });
            canvas.addEventListener("pointerup", function () {
              var drag = self.drag;
              self.drag = null;
              if (!drag) { return; }
              if (drag.pan) { self.actions.cut(); self.actions.zoom(Ballast.view.range); return; }
              var ends = [self.step(Math.min(drag.from, drag.to)), self.step(Math.max(drag.from, drag.to))];
              if (Math.abs(drag.to - drag.from) > 6) {
                self.actions.zoom([Math.max(Math.floor(ends[0]), 0), Math.ceil(ends[1])]);
              } else { self.draw(); }
            });
            canvas.addEventListener("pointercancel", function () { self.drag = null; self.actions.cut(); self.draw(); });
            canvas.addEventListener("pointerleave", function () {
              self.hover = null; self.readout.textContent = ""; self.draw();
            });
            canvas.addEventListener("dblclick", function () { self.actions.zoom(null); });
          }

          // The curve next to the pointer, with its number.
          point(at) {
            if (!this.frame) { return; }
            var self = this, best = null, step = this.step(at.x);
            this.curves.forEach(function (curve, run) {
              var steps = curve.steps, low = 0, high = steps.length - 1;
              if (high < 0) { return; }
              while (low < high) {
                var middle = (low + high) >> 1;
                if (steps[middle] < step) { low = middle + 1; } else { high = middle; }
              }
              [low - 1, low].forEach(function (i) {
                if (i < 0 || curve.values[i] === null) { return; }
                var dx = self.x(steps[i]) - at.x, dy = self.y(curve.values[i]) - at.y;
                var distance = dx * dx * 0.3 + dy * dy;
                if (best === null || distance < best.distance) {
                  best = { distance: distance, run: run, step: steps[i], value: curve.values[i] };
                }
              });
            });
            var run = best && best.distance < 3600 ? best.run : null;
            this.readout.textContent = run === null ? "" : "step " + Ballast.count(best.step) + "  " +
              Ballast.number(best.value, 4) + "  " + this.actions.name(run);
            if (run !== this.hover) { this.hover = run; this.draw(); }
          }
        };
        """#
}
