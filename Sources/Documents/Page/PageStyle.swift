/// The page's style sheet.
enum PageStyle {
    static let text = """
        :root {
          color-scheme: light;
          --paper: #ffffff; --card: #f6f8fa; --ink: #1c2430; --muted: #5c6675; --line: #dde3ea;
          --accent: #0b6b8a; --alarm: #b34700; --good: #e3f3ee; --pass: #0f6b4f;
          --shade: #1c243038;
        }
        :root[data-theme="dark"] {
          color-scheme: dark;
          --paper: #10141a; --card: #181e26; --ink: #e8ecf2; --muted: #9aa5b4; --line: #2a323d;
          --accent: #6cc5e0; --alarm: #f0955c; --good: #17362f; --pass: #58cfa6;
          --shade: #e8ecf24d;
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif;
        }
        main { max-width: 1120px; margin: 0 auto; padding: 40px 28px 64px; }
        header { display: flex; gap: 24px; justify-content: space-between; align-items: flex-start; }
        .kicker { margin: 0; color: var(--accent); font-size: 14px; font-weight: 600; }
        h1 { margin: 2px 0 6px; font-size: 34px; line-height: 1.15; overflow-wrap: anywhere; }
        h2 { margin: 0 0 4px; font-size: 22px; line-height: 1.25; }
        h3 { margin: 26px 0 4px; font-size: 16px; }
        section { margin-top: 48px; padding-top: 24px; border-top: 1px solid var(--line); }
        p { margin: 6px 0; max-width: 78ch; }
        .lead { font-size: 17px; }
        .muted, figcaption, footer { color: var(--muted); font-size: 14px; }
        a { color: var(--accent); }
        button {
          font: inherit; font-size: 14px; color: var(--ink); background: var(--card); cursor: pointer;
          border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; white-space: nowrap;
        }
        .tiles {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
          gap: 14px; margin: 26px 0 20px;
        }
        .tile { background: var(--card); border-radius: 10px; padding: 14px 18px; }
        .tile b {
          display: block; font-size: 27px; line-height: 1.25; font-weight: 650;
          font-variant-numeric: tabular-nums;
        }
        .tile span { color: var(--muted); font-size: 14px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; }
        dt { color: var(--muted); font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
        dt, dd { font-size: 14px; margin: 0; }
        .scroll, .chart {
          overflow-x: auto;
          background:
            linear-gradient(to right, var(--paper) 40%, transparent) left / 36px 100% local no-repeat,
            linear-gradient(to left, var(--paper) 40%, transparent) right / 36px 100% local no-repeat,
            linear-gradient(to right, var(--shade), transparent) left / 14px 100% scroll no-repeat,
            linear-gradient(to left, var(--shade), transparent) right / 14px 100% scroll no-repeat;
        }
        .scroll { margin: 14px 0; }
        table { border-collapse: collapse; font-size: 14.5px; font-variant-numeric: tabular-nums; }
        th, td { padding: 6px 14px; text-align: right; white-space: nowrap; }
        th { color: var(--muted); font-weight: 500; border-bottom: 1px solid var(--muted); }
        td { border-bottom: 1px solid var(--line); }
        .word { text-align: left; }
        td:first-child, th:first-child { padding-left: 8px; }
        td small { display: block; color: var(--muted); font-size: 12.5px; line-height: 1.3; }
        td small.alarm, td .alarm { color: var(--alarm); }
        .prose td { vertical-align: top; }
        .prose td.word { white-space: normal; min-width: 11ch; }
        .prose td.long { min-width: 38ch; }
        .verdict {
          display: inline-block; border: 1px solid currentColor; border-radius: 999px;
          padding: 1px 10px; font-size: 13px; font-weight: 650; line-height: 1.5; white-space: nowrap;
          vertical-align: 2px; letter-spacing: .02em;
        }
        h3 .verdict, td .verdict { vertical-align: 0; }
        .verdict.good { color: var(--pass); background: var(--good); }
        .verdict.bad { color: var(--alarm); }
        .verdict.open { color: var(--muted); }
        .answer { display: flex; gap: 18px; align-items: baseline; margin: 18px 0 0; }
        .answer > .verdict { font-size: 18px; padding: 3px 16px; }
        .answer p:first-child { margin-top: 0; }
        ul { margin: 6px 0; padding-left: 20px; max-width: 92ch; }
        li { margin: 3px 0; }
        dd { overflow-wrap: anywhere; }
        .best { background: var(--good); font-weight: 650; border-radius: 4px; padding: 1px 5px; }
        tr:has(:target) td { background: var(--good); }
        .sortable th { cursor: pointer; user-select: none; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
        code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .92em; }
        a.plain { color: inherit; text-decoration: underline dotted var(--muted); text-underline-offset: 3px; }
        .filter { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; margin: 10px 0 0; }
        .filter input {
          font: inherit; font-size: 14px; color: var(--ink); background: var(--paper); width: 26em; max-width: 100%;
          border: 1px solid var(--muted); border-radius: 6px; padding: 5px 10px;
        }
        .sortable th[aria-sort="ascending"]::after { content: " \\2191"; }
        .sortable th[aria-sort="descending"]::after { content: " \\2193"; }
        figure { margin: 18px 0 0; }
        .chart { min-height: 60px; }
        .chart img { max-width: 100%; background: #fff; border-radius: 6px; }
        .chart.vega-embed { display: block; padding-right: 0; }
        .chart.vega-embed summary {
          background: var(--paper); border-color: var(--line); color: var(--muted); box-shadow: none;
          opacity: .7 !important;
        }
        figcaption { margin-top: 8px; max-width: 92ch; }
        .files { margin-top: 4px; }
        .files a { margin-right: 14px; }
        details > summary { cursor: pointer; }
        summary > h2 { display: inline; }
        footer { margin-top: 56px; border-top: 1px solid var(--line); padding-top: 14px; }
        @media (max-width: 640px) {
          main { padding: 22px 16px 40px; }
          h1 { font-size: 27px; }
          th, td { padding: 5px 9px; }
          .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
          .tile { padding: 10px 12px; }
          .tile b { font-size: 21px; }
          .answer { flex-direction: column; gap: 8px; }
          dl { grid-template-columns: 1fr; }
          dd { margin-bottom: 6px; }
          .stack, .stack tbody, .stack tr, .stack td { display: block; }
          .stack thead { display: none; }
          .stack tr { border-bottom: 1px solid var(--line); padding: 9px 0; }
          .stack td, .stack td.word, .stack td.long {
            border: 0; padding: 2px 0 2px 11em; min-width: 0; min-height: 1.55em; position: relative;
            text-align: left; white-space: normal;
          }
          .stack td { display: flow-root; }
          .stack td::before {
            content: attr(data-label); float: left; width: 10.5em; margin-left: -11em; color: var(--muted);
          }
          .stack td:empty { display: none; }
          .stack td[data-label=""], .stack td.word[data-label=""] { padding-left: 0; }
          .stack td[data-label=""]::before { content: none; }
          header { flex-direction: column-reverse; gap: 6px; }
          header button { align-self: flex-end; }
        }
        @media print {
          :root, :root[data-theme="dark"] {
            color-scheme: light;
            --paper: #ffffff; --card: #f6f8fa; --ink: #1c2430; --muted: #5c6675; --line: #dde3ea;
            --accent: #0b6b8a; --alarm: #b34700; --good: #e3f3ee; --pass: #0f6b4f; --shade: transparent;
          }
          button, .filter { display: none; }
          main { max-width: none; padding: 0; }
          .scroll, .chart { overflow: visible; }
          figure, tr, .tile { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
        }
        """
}
