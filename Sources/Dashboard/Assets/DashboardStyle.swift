/// The dashboard's style sheet.
enum DashboardStyle {
    static let text = """
        :root {
          color-scheme: light;
          --paper: #ffffff; --card: #f6f8fa; --ink: #1c2430; --muted: #5c6675; --line: #dde3ea;
          --accent: #0b6b8a; --alarm: #b34700; --good: #0f6b4f; --goodback: #e3f3ee; --run: #8a5a00;
        }
        :root[data-theme="dark"] {
          color-scheme: dark;
          --paper: #10141a; --card: #181e26; --ink: #e8ecf2; --muted: #9aa5b4; --line: #2a323d;
          --accent: #6cc5e0; --alarm: #f0955c; --good: #58cfa6; --goodback: #17362f; --run: #e3b341;
        }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 70px; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif;
        }
        .bar {
          position: sticky; top: 0; z-index: 5; display: flex; gap: 20px; align-items: center;
          justify-content: space-between; padding: 10px 28px; background: var(--paper);
          border-bottom: 1px solid var(--line);
        }
        .brand { display: flex; gap: 12px; align-items: baseline; min-width: 0; }
        .brand b { font-size: 18px; }
        .brand span { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .status { display: flex; gap: 14px; align-items: center; }
        .live { color: var(--muted); font-size: 13.5px; white-space: nowrap; }
        .live::before {
          content: ""; display: inline-block; width: 9px; height: 9px; border-radius: 50%;
          background: var(--muted); margin-right: 7px;
        }
        .live.on::before { background: var(--good); }
        .live.off::before { background: var(--alarm); }
        main { max-width: 1480px; margin: 0 auto; padding: 20px 28px 60px; }
        h2 { font-size: 20px; margin: 0; line-height: 1.25; }
        h3 { font-size: 16px; margin: 0; }
        section { margin-top: 34px; }
        section:first-of-type { margin-top: 4px; }
        p { margin: 6px 0; max-width: 92ch; }
        .muted { color: var(--muted); font-size: 13.5px; }
        a { color: var(--accent); }
        button, select, input[type="search"] {
          font: inherit; font-size: 13.5px; color: var(--ink); background: var(--card);
          border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px;
        }
        button { cursor: pointer; white-space: nowrap; }
        button:focus-visible, a:focus-visible, input:focus-visible, select:focus-visible, .cell:focus-visible {
          outline: 2px solid var(--accent); outline-offset: 1px;
        }
        .notice { border: 1px solid var(--alarm); border-radius: 8px; padding: 8px 14px; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; }
        .tile { background: var(--card); border-radius: 10px; padding: 11px 16px; }
        .tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .tile span { color: var(--muted); font-size: 13.5px; }
        .alarms { list-style: none; padding: 0; margin: 10px 0 0; display: grid; gap: 6px; }
        .alarms li { border-left: 3px solid var(--alarm); padding: 3px 12px; background: var(--card);
          border-radius: 0 6px 6px 0; }
        .alarms b { color: var(--alarm); }
        .study { border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; margin-bottom: 18px; }
        .study header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
        .study header .muted { margin-right: auto; }
        .badge { border: 1px solid currentColor; border-radius: 999px; padding: 0 9px; font-size: 12.5px;
          font-weight: 650; white-space: nowrap; }
        .badge.PASS { color: var(--good); } .badge.FAIL { color: var(--alarm); }
        .badge.INCONCLUSIVE { color: var(--muted); }
        .progress { height: 6px; border-radius: 3px; background: var(--line); overflow: hidden;
          margin: 10px 0 12px; display: flex; }
        .progress i { display: block; height: 100%; background: var(--good); }
        .progress i.running { background: var(--run); } .progress i.bad { background: var(--alarm); }
        .scroll { overflow-x: auto; }
        table.grid { border-collapse: separate; border-spacing: 3px; font-variant-numeric: tabular-nums; }
        table.grid th { color: var(--muted); font-weight: 500; font-size: 13px; padding: 2px 6px;
          text-align: center; white-space: nowrap; }
        table.grid th.row { text-align: right; }
        table.grid td { padding: 0; }
        .cell {
          display: block; min-width: 64px; height: 34px; border-radius: 5px; padding: 0 8px; cursor: pointer;
          font-size: 13px; text-align: center; border: 2px solid transparent; background: var(--card);
          color: var(--ink); width: 100%;
        }
        .cell.missing { border: 1px dashed var(--line); background: none; color: var(--muted); cursor: default; }
        .cell.running { border-color: var(--run); background-repeat: no-repeat; }
        .cell.failed, .cell.diverged { color: var(--alarm); border-color: var(--alarm); background: none; }
        .cell.interrupted { border: 1px dashed var(--run); }
        .cell.picked { box-shadow: 0 0 0 1.5px var(--ink); }
        .heading { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center;
          justify-content: space-between; }
        .tools { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; font-size: 13.5px;
          color: var(--muted); }
        .tools label { display: flex; gap: 7px; align-items: center; }
        .filter input { width: min(46ch, 60vw); }
        .tags { display: flex; flex-wrap: wrap; gap: 6px; margin: 12px 0; max-height: 68px; overflow-y: auto; }
        .tags button { border-radius: 999px; padding: 2px 11px; }
        .tags button[aria-pressed="true"] { background: var(--accent); color: var(--paper);
          border-color: var(--accent); }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr));
          gap: 18px; }
        .chart { border: 1px solid var(--line); border-radius: 12px; padding: 10px 12px 8px; min-width: 0; }
        .chart header { display: flex; gap: 10px; align-items: center; margin-bottom: 2px; }
        .chart header h3 { margin-right: auto; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .chart header button { padding: 1px 9px; }
        .chart canvas { display: block; width: 100%; height: 270px; touch-action: pan-y; cursor: crosshair; }
        .chart .readout { color: var(--muted); font-size: 13px; min-height: 20px; overflow: hidden;
          text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .legend { display: flex; flex-wrap: wrap; gap: 3px 16px; font-size: 13px; color: var(--muted); margin: 0 0 10px; }
        .legend i { display: inline-block; width: 14px; height: 3px; vertical-align: middle; margin-right: 6px;
          border-radius: 2px; }
        table.runs, table.plain { border-collapse: collapse; font-size: 13.5px;
          font-variant-numeric: tabular-nums; }
        .runs th, .runs td, .plain th, .plain td { padding: 4px 11px; text-align: right; white-space: nowrap;
          border-bottom: 1px solid var(--line); }
        .runs th, .plain th { color: var(--muted); font-weight: 500; border-bottom-color: var(--muted); }
        .runs th button { border: 0; background: none; padding: 2px 0; color: inherit; }
        .word { text-align: left !important; }
        .runs tbody tr { cursor: pointer; }
        .runs tbody tr:hover { background: var(--card); }
        .runs tr.picked { background: var(--goodback); }
        .runs td.name { max-width: 46ch; overflow: hidden; text-overflow: ellipsis; }
        .state-running { color: var(--run); } .state-finished { color: var(--good); }
        .state-diverged, .state-failed, .bad { color: var(--alarm); }
        .swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
        details > summary { cursor: pointer; color: var(--muted); font-size: 13.5px; margin: 6px 0; }
        .explain { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 10px 0 0;
          font-size: 14px; max-width: 110ch; }
        .explain dt { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; }
        .explain dd { margin: 0; color: var(--muted); }
        .explain dt:target, .explain dt:target + dd { color: var(--ink); font-weight: 600; }
        footer { margin-top: 44px; border-top: 1px solid var(--line); padding-top: 12px; }
        .tip { position: fixed; z-index: 9; pointer-events: none; max-width: min(440px, 92vw); padding: 7px 11px;
          border-radius: 7px; background: var(--ink); color: var(--paper); font-size: 13px;
          box-shadow: 0 3px 14px #0004; white-space: pre-line; overflow-wrap: anywhere; }
        @media (max-width: 700px) {
          .bar { padding: 9px 14px; } main { padding: 12px 14px 40px; }
          .brand span { display: none; }
          .tiles { grid-template-columns: 1fr 1fr; } .tile b { font-size: 20px; }
          .explain { grid-template-columns: 1fr; } .study { padding: 12px; }
          .cell { min-width: 54px; padding: 0 4px; font-size: 12px; }
          .chart canvas { height: 220px; }
          .runs td.name, .plain td.word { max-width: 24ch; overflow: hidden; text-overflow: ellipsis; }
        }
        @media (prefers-reduced-motion: no-preference) {
          .cell.running { animation: pulse 1.6s ease-in-out infinite alternate; }
          @keyframes pulse { from { opacity: 1; } to { opacity: .72; } }
        }
        """
}
