// How pages look: by light and by dark, on a wide screen and on a telephone. One file.

export const style = `
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --key: #0a58b5; --bad: #b3261e; --good: #1a7f37; --box: #f5f7f9; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343a41; --key: #78b1f7; --bad: #ff8a80; --good: #6fd08c; --box: #1d2125; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: center; padding: 10px 20px; border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; flex: 1; }
nav a, .who a { color: var(--soft); text-decoration: none; padding: 4px 0; }
nav a:hover, .who a:hover { color: var(--ink); }
nav a[aria-current] { color: var(--ink); border-bottom: 2px solid var(--key); }
.who { display: flex; gap: 12px; align-items: center; margin: 0; }
main { padding: 8px 20px 40px; max-width: 1400px; }
h1 { font-size: 22px; margin: 14px 0 2px; }
h2 { font-size: 17px; margin: 28px 0 6px; }
.question { color: var(--soft); margin: 0 0 16px; }
.said { border-left: 3px solid var(--good); background: var(--box); padding: 8px 12px; }
.bad { color: var(--bad); }
.good { color: var(--good); }
.none { color: var(--soft); }
a { color: var(--key); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 40%; }
caption { text-align: left; font-weight: 600; padding: 12px 0 4px; }
th, td { text-align: left; padding: 5px 16px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td.right, th.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; padding: 0; margin: 0 0 8px; list-style: none; }
.tiles li { background: var(--box); border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px; min-width: 140px; }
.tiles strong { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 13px; }
.fields { display: flex; flex-wrap: wrap; gap: 10px 14px; align-items: end; margin: 8px 0 14px; }
label { display: flex; flex-direction: column; gap: 3px; color: var(--soft); font-size: 13px; }
input, select, button, textarea { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--soft); border-radius: 6px; padding: 6px 10px; min-height: 36px; max-width: 100%; }
button { background: var(--box); cursor: pointer; }
button.first { background: var(--key); color: var(--ground); border-color: var(--key); }
.who button { min-height: 30px; padding: 2px 10px; }
input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--key); outline-offset: 2px; }
label.check { flex-direction: row; align-items: center; gap: 8px; min-height: 36px; }
label.check input, .choose input { min-height: 18px; width: 18px; height: 18px; }
.choose { list-style: none; padding: 0; margin: 8px 0; }
.choose label { flex-direction: row; align-items: center; gap: 10px; padding: 4px 0; color: var(--ink); font-size: 15px; }
.steps li { padding: 4px 0; }
small { color: var(--soft); max-width: 260px; font-size: 12px; }
.fields.row { align-items: start; }
.fields.row > .fields { flex-basis: 100%; }
textarea { width: min(640px, 100%); min-height: 120px; }
details { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; margin: 0 0 10px; }
summary { cursor: pointer; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { overflow-x: auto; background: var(--box); padding: 10px; border-radius: 6px; }
.bar { display: inline-block; height: 10px; background: var(--key); border-radius: 2px; vertical-align: middle; }
figure { margin: 18px 0 6px; max-width: 900px; }
figcaption { font-weight: 600; }
figcaption .key { font-weight: 400; margin-left: 12px; }
span.line0 { color: var(--key); } span.line1 { color: var(--soft); } span.line2 { color: var(--good); }
img.map { max-width: 100%; height: auto; }
svg { width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); }
polyline { fill: none; stroke-width: 2; }
polyline.line0 { stroke: var(--key); } polyline.line1 { stroke: var(--soft); } polyline.line2 { stroke: var(--good); stroke-dasharray: 4 3; }
line.threshold { stroke: var(--bad); stroke-width: 3; }
.thresholds { max-width: 900px; }
.thresholds svg { touch-action: pan-y; cursor: ew-resize; }
.thresholds input[type=range]:not([hidden]) { display: block; border: 0; width: 95%; margin-left: 5%; padding: 0; }
footer { padding: 12px 20px; color: var(--soft); font-size: 13px; border-top: 1px solid var(--line); }
.login { max-width: 360px; margin: 12vh auto; padding: 0 20px; }
.login form { display: flex; flex-direction: column; gap: 12px; }
@media (max-width: 700px) { nav { order: 3; flex: 1 0 100%; flex-wrap: nowrap; overflow-x: auto; white-space: nowrap; } .who { margin-left: auto; } main { padding: 4px 14px 30px; } header { padding: 8px 14px; } table { font-size: 14px; } }
@media print { header, footer, form { display: none; } }
`
