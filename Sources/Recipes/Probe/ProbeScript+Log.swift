extension ProbeScript {
    /// The log, of either framework.
    static let log = #"""
        FILE = "ballast_probe.jsonl"
        """The log's name: `ballast import` and `ballast doctor` take the file or its folder."""


        def is_due(step: int, every: int) -> bool:
            """Whether update number `step`, counted from 1, is measured: the first, and each `every`-th."""
            return step == 1 or step % every == 0


        class Log:
            """Rows by step in `DIRECTORY/ballast_probe.jsonl`, settings beside them in `ballast_probe.json`.

            Where tensorboard can be imported there is an event file with the same numbers. A row is a line of
            JSON, appended when the row after the next is begun, so that what belongs to a step may be added in
            any order. A run that is resumed goes on in the same file: where steps go back, `ballast import` takes
            what stands later.
            """

            def __init__(self, directory: str, settings: Mapping[str, Any], tensorboard: bool = True) -> None:
                os.makedirs(directory, exist_ok=True)
                self._path = os.path.join(directory, FILE)
                self._rows: dict[int, dict[str, float]] = {}
                with open(os.path.join(directory, "ballast_probe.json"), "w", encoding="utf-8") as file:
                    json.dump(settings, file, indent=1, sort_keys=True, default=str)
                self._events: Any = None
                if tensorboard:
                    try:
                        from tensorboard.compat.proto.event_pb2 import Event
                        from tensorboard.compat.proto.summary_pb2 import Summary
                        from tensorboard.summary.writer.event_file_writer import EventFileWriter
                    except ImportError:
                        return
                    self._events = EventFileWriter(directory, filename_suffix=".ballast_probe")
                    self._event, self._summary = Event, Summary

            def add(self, step: int, values: Mapping[str, float]) -> None:
                """Adds numbers by tag to the row of a step; NaN and infinities are kept, for they are findings."""
                self._rows.setdefault(step, {}).update(values)

            def flush(self, before: int | None = None) -> None:
                """Writes the rows of all steps, or of those before one, and forgets them."""
                steps = sorted(step for step in self._rows if before is None or step < before)
                if not steps:
                    return
                with open(self._path, "a", encoding="utf-8") as file:
                    for step in steps:
                        file.write(json.dumps({"step": step, **self._rows[step]}) + "\n")
                for step in steps:
                    row = self._rows.pop(step)
                    if self._events is not None:
                        values = [self._summary.Value(tag=tag, simple_value=value) for tag, value in row.items()]
                        self._events.add_event(
                            self._event(wall_time=time.time(), step=step, summary=self._summary(value=values)))
                if self._events is not None:
                    self._events.flush()

            def close(self) -> None:
                """Writes what is left."""
                self.flush()
                if self._events is not None:
                    self._events.close()
                    self._events = None
        """#
}
