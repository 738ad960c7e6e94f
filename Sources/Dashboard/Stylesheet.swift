/// One sheet for all pages. Colours are tokens, so that light and dark differ in one place; sizes follow one scale; numbers
/// stand in columns.
enum Stylesheet {
    static let text = tokens + frame + pieces + tables + charts + forms + small

    private static let tokens = """
        :root {
          color-scheme: light dark;
          --paper: #f7f6f2; --sheet: #fffefb; --sunk: #f0eee7;
          --ink: #1c201d; --soft: #5a625c; --line: #e2dfd5; --line-strong: #c9c5b8;
          --accent: #0b5d43; --accent-soft: #dcece4; --link: #0b5d43;
          --active: #196b49; --active-soft: #e0f0e7; --warned: #8a5a00; --warned-soft: #faecc8;
          --degraded: #a4470c; --degraded-soft: #fbe3d1; --stopped: #ad2118; --stopped-soft: #fadfdb;
          --bar: #3f8f6f; --bar-soft: #cfe3d8; --track: #e7e4da;
          --sans: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          --radius: 10px; --gap: 20px;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #0f1311; --sheet: #161b18; --sunk: #1c221e;
            --ink: #e8ebe6; --soft: #a1aaa3; --line: #262d28; --line-strong: #3b443d;
            --accent: #66cfa3; --accent-soft: #173529; --link: #7bd8b0;
            --active: #71cfa5; --active-soft: #15322a; --warned: #efc062; --warned-soft: #382c10;
            --degraded: #f39a5f; --degraded-soft: #3d2413; --stopped: #ff8f85; --stopped-soft: #421c19;
            --bar: #57b38d; --bar-soft: #1f4335; --track: #272e29;
          }
        }

        """

    private static let frame = """
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scrollbar-gutter: stable; }
        body {
          margin: 0; background: var(--paper); color: var(--ink); font: 400 15px/1.5 var(--sans);
          font-variant-numeric: tabular-nums; font-feature-settings: "tnum", "cv11", "ss03"; -webkit-font-smoothing: antialiased;
        }
        a { color: var(--link); text-decoration-color: color-mix(in srgb, var(--link) 35%, transparent); text-underline-offset: 3px; }
        a:hover { text-decoration-color: currentColor; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
        .unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip { position: absolute; left: 12px; top: -60px; background: var(--accent); color: var(--paper); padding: 8px 14px;
          border-radius: 6px; z-index: 2; }
        .skip:focus { top: 8px; }

        .top { background: var(--sheet); border-bottom: 1px solid var(--line); }
        .top > div { max-width: 1180px; margin: 0 auto; padding: 0 24px; display: flex; align-items: center; gap: 28px; min-height: 56px; }
        .brand { display: flex; align-items: center; gap: 10px; color: var(--ink); font-weight: 650; font-size: 16px;
          letter-spacing: -.01em; text-decoration: none; }
        .brand img { width: 24px; height: 24px; display: block; }
        .top nav { flex: 1; min-width: 0; }
        .top nav ul { display: flex; gap: 2px; margin: 0; padding: 0; list-style: none; overflow-x: auto; scrollbar-width: none; }
        .top nav a { display: block; padding: 17px 11px 15px; color: var(--soft); text-decoration: none;
          border-bottom: 2px solid transparent; white-space: nowrap; }
        .top nav a:hover { color: var(--ink); }
        .top nav a[aria-current] { color: var(--ink); font-weight: 550; border-bottom-color: var(--accent); }
        .top nav a:focus-visible { outline-offset: -4px; }
        .who { display: flex; align-items: center; gap: 12px; color: var(--soft); font-size: 13.5px; white-space: nowrap; }
        .who form { margin: 0; }

        .strip { background: var(--warned-soft); color: var(--warned); font-size: 13.5px; }
        .strip p { max-width: 1180px; margin: 0 auto; padding: 7px 24px; }
        .strip.bad { background: var(--stopped-soft); color: var(--stopped); }

        main { max-width: 1180px; margin: 0 auto; padding: 30px 24px 48px; }
        main:focus { outline: none; }
        .foot { max-width: 1180px; margin: 0 auto; padding: 16px 24px 40px; color: var(--soft); font-size: 13px; display: flex;
          gap: 8px 18px; flex-wrap: wrap; }
        #live { display: inline-flex; align-items: center; gap: 7px; }
        #live::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--line-strong); }
        #live[data-state=on]::before { background: var(--bar); }
        #live[data-state=off]::before { background: var(--degraded); }

        """

    private static let pieces = """
        h1, h2, h3, p, figure, dl, dd { margin: 0; }
        h1 { font-size: 27px; line-height: 1.22; font-weight: 640; letter-spacing: -.021em; text-wrap: balance; }
        h2 { font-size: 15px; line-height: 1.4; font-weight: 620; letter-spacing: -.006em; }
        .lead { margin-top: 7px; color: var(--soft); font-size: 16px; max-width: 76ch; text-wrap: pretty; }
        .lead strong { color: var(--ink); font-weight: 600; }
        .soft { color: var(--soft); }
        .title { display: flex; align-items: center; gap: 8px 14px; flex-wrap: wrap; }
        .crumbs { color: var(--soft); font-size: 13.5px; margin-bottom: 8px; }
        code, .mono { font-family: var(--mono); font-size: .9em; }
        .break { overflow-wrap: anywhere; }

        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); margin-top: 26px;
          background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; }
        .figures > div { padding: 17px 20px 18px; box-shadow: -1px -1px 0 var(--line); display: flex; flex-direction: column;
          min-width: 0; }
        .figures dt { color: var(--soft); font-size: 13px; }
        .figures .big { font-size: 27px; line-height: 1.25; font-weight: 620; letter-spacing: -.024em; margin-top: 3px;
          overflow-wrap: anywhere; }
        .figures .big.word { font-size: 22px; line-height: 1.53; }
        .figures .note { color: var(--soft); font-size: 13px; margin-top: 2px; }
        .figures .bar-row { margin-top: auto; padding-top: 11px; }
        .figures .alarm { color: var(--stopped); }
        .figures .care { color: var(--degraded); }

        .meter { display: block; width: 100%; height: 6px; overflow: hidden; border-radius: 3px; }
        .meter .track { fill: var(--track); }
        .meter .fill { fill: var(--bar); }
        .meter .held { fill: var(--bar-soft); }
        .meter.warned .fill { fill: #c98a12; } .meter.degraded .fill { fill: #d0661f; } .meter.stopped .fill { fill: #c9382d; }

        .pill { display: inline-flex; align-items: center; gap: 6px; padding: 1px 9px 1px 8px; border-radius: 99px; font-size: 12.5px;
          font-weight: 550; line-height: 20px; white-space: nowrap; }
        .pill::before { content: ""; width: 6px; height: 6px; border-radius: 50%; background: currentColor; }
        .pill.active, .pill.closed, .pill.good { color: var(--active); background: var(--active-soft); }
        .pill.warned, .pill.halfopen, .pill.care { color: var(--warned); background: var(--warned-soft); }
        .pill.degraded { color: var(--degraded); background: var(--degraded-soft); }
        .pill.stopped, .pill.open, .pill.bad { color: var(--stopped); background: var(--stopped-soft); }
        .pill.plain { color: var(--soft); background: var(--sunk); }

        .pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: var(--gap); margin-top: var(--gap);
          align-items: start; }
        .pair.wide-left { grid-template-columns: minmax(0, 1.65fr) minmax(0, 1fr); }
        .card { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--radius); padding: 18px 20px 20px;
          min-width: 0; }
        .card + .card, .stack > * + * { margin-top: var(--gap); }
        .pair > .card { margin-top: 0; }
        section, .section { margin-top: var(--gap); }
        .card > header { display: flex; align-items: baseline; justify-content: space-between; gap: 12px; flex-wrap: wrap;
          margin-bottom: 10px; }
        .card > header p { color: var(--soft); font-size: 13.5px; }
        .notices { list-style: none; margin: 18px 0 0; padding: 0; display: grid; gap: 8px; }
        .notices li { background: var(--sheet); border: 1px solid var(--line); border-left: 3px solid var(--warned); border-radius: 6px;
          padding: 9px 14px; font-size: 14px; }
        .notices li.bad { border-left-color: var(--stopped); }
        .done, .problem { border-radius: 8px; padding: 11px 16px; margin-bottom: 20px; }
        .done { background: var(--active-soft); color: var(--active); }
        .problem { background: var(--stopped-soft); color: var(--stopped); }
        .problem ul { margin: 4px 0 0; padding-left: 20px; }
        .problem a { color: inherit; }
        .empty { color: var(--soft); padding: 8px 0 2px; max-width: 64ch; }
        .aside { color: var(--soft); font-size: 13.5px; max-width: 76ch; }
        .aside + .fields { margin-top: 12px; }
        .lines { list-style: none; margin: 0; padding: 0; display: grid; gap: 7px; font-size: 14px; }
        .title .button { margin-left: auto; }
        .facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 7px 22px; font-size: 14px; }
        .facts dt { color: var(--soft); }
        .facts + .aside { margin-top: 12px; }

        """

    private static let tables = """
        .scroll { overflow-x: auto; margin: 0 -20px; padding: 0 20px; }
        table { width: 100%; border-collapse: collapse; font-size: 14px; }
        th, td { text-align: left; padding: 9px 16px 9px 0; border-top: 1px solid var(--line); vertical-align: middle; font-weight: 400; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { color: var(--soft); font-size: 12.5px; border-top: 0; padding-top: 2px; padding-bottom: 7px; white-space: nowrap; }
        tbody tr:first-child > * { border-top-color: var(--line-strong); }
        th.n, td.n { text-align: right; white-space: nowrap; }
        td.n .soft { font-size: 12.5px; }
        .n + td:not(.n), .n + th:not(.n) { padding-left: 20px; }
        td .pill, th .pill { vertical-align: middle; }
        tbody th { font-weight: 550; overflow-wrap: anywhere; min-width: 9ch; }
        tbody tr:hover > * { background: color-mix(in srgb, var(--sunk) 60%, transparent); }
        td .meter { min-width: 84px; }
        td.gauge { width: 29%; min-width: 150px; padding-right: 32px; }
        td.state { width: 1%; padding-right: 32px; }
        .keys small { display: block; color: var(--soft); font-size: 12.5px; font-weight: 400; line-height: 1.35; margin-top: 2px; }
        .keys th, .keys td { vertical-align: top; }
        .keys td.state { width: auto; padding-right: 16px; }
        .keys td.state small { max-width: 17ch; }
        .when, .action, th code { white-space: nowrap; }
        .changes td { vertical-align: top; }
        td.gauge small { display: flex; justify-content: space-between; gap: 10px; font-size: 12.5px; color: var(--soft);
          line-height: 1.3; margin-bottom: 5px; white-space: nowrap; }
        .pager { display: flex; align-items: center; gap: 14px; margin-top: 14px; color: var(--soft); font-size: 13.5px; flex-wrap: wrap; }

        """

    private static let charts = """
        .chart figcaption p { color: var(--soft); font-size: 13.5px; margin-top: 1px; }
        .plot { display: block; overflow: visible; margin-top: 8px; }
        .plot text { font-size: 11.5px; font-family: var(--sans); }
        .plot .tick { fill: var(--soft); }
        .plot .mark { fill: var(--ink); font-weight: 600; font-size: 12px; }
        .plot .mark, .plot .tick { paint-order: stroke; stroke: var(--sheet); stroke-width: 4px; stroke-linejoin: round; }
        .plot .grid { stroke: var(--line); } .plot .axis { stroke: var(--line-strong); }
        .plot .line { fill: none; stroke: var(--accent); stroke-width: 2px; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
        .plot .area { fill: var(--accent-soft); opacity: .75; }
        .plot .ahead { fill: none; stroke: var(--soft); stroke-width: 1.5px; stroke-dasharray: 4 4; vector-effect: non-scaling-stroke; }
        .plot .ahead.gone { stroke: var(--stopped); }
        .plot .dot { fill: var(--accent); stroke: var(--sheet); stroke-width: 2px; }
        .plot circle.gone { fill: var(--stopped); stroke: var(--sheet); stroke-width: 2px; }
        .plot .bar { fill: var(--bar); } .plot .bar.now { fill: var(--accent); }
        .plot .limit { stroke: var(--stopped); stroke-dasharray: 4 4; }
        .numbers { margin-top: 6px; font-size: 13px; }
        .numbers summary { color: var(--soft); cursor: pointer; width: max-content; font-size: 12.5px; }
        .numbers .scroll { max-height: 260px; overflow-y: auto; margin-top: 6px; }

        """

    private static let forms = """
        button, input, select, textarea { font: inherit; color: inherit; }
        label { font-size: 13.5px; font-weight: 550; }
        .field { display: grid; gap: 5px; }
        .field .hint { color: var(--soft); font-size: 13px; font-weight: 400; }
        .field { align-content: start; }
        .mistake { color: var(--stopped); font-size: 13.5px; }
        .mistake::before { content: "⚠ "; }
        input, select, textarea { background: var(--paper); border: 1px solid var(--line-strong); border-radius: 7px; padding: 7px 11px;
          min-height: 38px; width: 100%; }
        textarea { resize: vertical; display: block; }
        input:focus-visible, select:focus-visible, textarea:focus-visible { outline-offset: 0; border-radius: 7px; }
        input[aria-invalid=true], textarea[aria-invalid=true] { border-color: var(--stopped); box-shadow: inset 0 0 0 1px var(--stopped); }
        input[type=checkbox] { width: 18px; height: 18px; min-height: 0; margin: 0; accent-color: var(--accent); flex: none; }
        .check { display: flex; gap: 10px; align-items: center; }
        .check label { font-weight: 400; font-size: 14px; padding: 5px 0; }
        fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: grid; gap: 16px; }
        fieldset + fieldset { margin-top: 24px; padding-top: 20px; border-top: 1px solid var(--line); }
        legend { font-size: 15px; font-weight: 620; padding: 0; float: left; width: 100%; }
        .fields { display: grid; gap: 16px 24px; }
        .fields.two { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .fields.three { grid-template-columns: repeat(3, minmax(0, 1fr)); }
        .long { max-width: 780px; margin-top: 22px; padding: 24px 26px 26px; }
        .short { max-width: 560px; margin-top: 22px; display: grid; gap: 16px; }
        .short .actions { margin-top: 4px; }
        .secret { max-width: 780px; margin-top: 22px; }
        .secret textarea { font-size: 15px; overflow-wrap: anywhere; resize: none; field-sizing: content; }
        .field strong { font-size: 13.5px; font-weight: 550; }
        .field .fixed { padding: 7px 0; line-height: 22px; font-weight: 550; font-size: 15px; }
        button, .button { display: inline-block; border: 1px solid var(--line-strong); background: var(--sheet); border-radius: 7px;
          padding: 7px 15px; min-height: 38px; line-height: 22px; font-weight: 550; cursor: pointer; text-decoration: none;
          color: var(--ink); white-space: nowrap; }
        button:hover, .button:hover { border-color: var(--soft); }
        [hidden] { display: none !important; }
        button.main, .button.main { background: var(--accent); border-color: var(--accent); color: var(--paper); }
        button.danger, .button.danger { color: var(--stopped); }
        button.danger.main { background: var(--stopped); border-color: var(--stopped); color: var(--sheet); }
        button.quiet { border: 0; background: none; padding: 0; min-height: 0; color: var(--link); text-decoration: underline;
          text-underline-offset: 3px; font-weight: 400; }
        .search { display: flex; gap: 8px; margin-top: 20px; align-items: end; flex-wrap: wrap; }
        .search .field { flex: 1 1 220px; max-width: 380px; }
        .search .field.narrow { flex: 0 1 170px; }
        .row { display: flex; gap: 10px; align-items: end; flex-wrap: wrap; }
        .row .field { flex: 1 1 130px; max-width: 260px; }
        .edits { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 22px 48px; }
        .budget-edit h3 { font-size: 14px; font-weight: 600; }
        .budget-edit p { color: var(--soft); font-size: 13.5px; margin: 1px 0 10px; }
        .actions { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; margin-top: 18px; }
        .door { max-width: 430px; margin: 6vh auto 0; }
        .door .card { padding: 28px 28px 30px; }
        .door form { display: grid; gap: 16px; margin-top: 18px; }

        """

    private static let small = """
        @media (max-width: 860px) {
          .pair, .pair.wide-left { grid-template-columns: minmax(0, 1fr); }
        }
        @media (max-width: 640px) {
          .top > div { flex-wrap: wrap; gap: 0 16px; padding: 0 16px; min-height: 0; }
          .brand { padding: 12px 0 4px; }
          .who { margin-left: auto; padding: 12px 0 4px; }
          .top nav { order: 3; flex-basis: 100%; margin: 0 -16px; }
          .top nav ul { padding: 0 9px; justify-content: space-between; gap: 0; }
          .top nav a { padding: 11px 3px 10px; font-size: 13px; }
          main { padding: 22px 16px 36px; }
          .strip p, .foot { padding-left: 16px; padding-right: 16px; }
          h1 { font-size: 23px; }
          .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .figures > div { padding: 14px 16px 15px; }
          .figures > div:first-child:nth-last-child(odd) { grid-column: 1 / -1; }
          .figures .big { font-size: 23px; }
          .figures .big.word { font-size: 19px; }
          .card { padding: 16px; }
          .scroll { margin: 0 -16px; padding: 0 16px; }
          .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
          .facts dd { margin-bottom: 9px; }
          .fields.two { grid-template-columns: minmax(0, 1fr); }
          .fields.three { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .long { padding: 18px 16px 20px; }
          table:not(.slim) > tbody th { min-width: 15ch; }
          td.can { min-width: 22ch; }
          td > .break { display: inline-block; min-width: min(14ch, 100%); }
          /* Tables whose lines are cards here. */
          :is(.receipts, .keys, .tenants) thead { position: absolute; clip-path: inset(50%); }
          :is(.receipts, .keys, .tenants), :is(.receipts, .keys, .tenants) tbody { display: block; }
          :is(.receipts, .keys, .tenants) tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 20px;
            padding: 12px 0; border-top: 1px solid var(--line); }
          :is(.receipts, .keys, .tenants) tr:first-child { border-top: 0; padding-top: 2px; }
          :is(.receipts, .keys, .tenants) :is(th, td) { display: block; border: 0; padding: 0; }
          :is(.receipts, .keys, .tenants) tbody tr:hover > * { background: none; }
          .receipts tr { gap: 2px 20px; padding: 11px 0; }
          .receipts td:nth-child(3) { grid-row: 2; grid-column: 1; }
          .receipts td.cost { grid-row: 1; grid-column: 2; font-weight: 550; }
          .receipts td.when { grid-row: 3; grid-column: 2; text-align: right; color: var(--soft); font-size: 13px; }
          .receipts td.went { grid-row: 2; grid-column: 2; text-align: right; }
          .receipts td.model { grid-row: 3; grid-column: 1; }
          .receipts td.more { display: none; }
          .keys th { grid-row: 1; grid-column: 1; }
          .keys td.state { grid-row: 1; grid-column: 2; text-align: right; padding: 0; }
          .keys td.state small { max-width: 20ch; margin-left: auto; }
          .keys td:not(.state) { grid-column: 1 / -1; display: grid; grid-template-columns: 84px minmax(0, 1fr); }
          .keys td:not(.state)::before { content: attr(data-name); color: var(--soft); font-size: 12.5px; line-height: 21px; }
          .keys td:not(.state) small { grid-column: 2; }
          .tenants tr { grid-template-columns: 1fr 1fr; gap: 3px 20px; }
          .tenants td.state { text-align: right; width: auto; }
          .tenants td.gauge { width: auto; min-width: 0; padding-top: 4px; }
          .tenants td.gauge::before { content: attr(data-name); color: var(--soft); font-size: 12.5px; }
          .tenants td.held { display: none; }
        }
        @media (prefers-reduced-motion: no-preference) { a, button { transition: color .12s, border-color .12s; } }
        @media print { .top nav, .who, .strip, .foot, form { display: none; } body { background: #fff; } }
        """
}
