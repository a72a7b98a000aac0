/** The whole look of a page: on a screen, on a phone, and on A4. It asks for nothing from outside. */
export const style = `
:root { --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --wash: #f4f6f8; --blue: #1f5c99; --green: #1d6b43; }
* { box-sizing: border-box; }
html { color-scheme: light; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; color: var(--ink); background: #fff;
  font: 15px/1.6 "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "Noto Sans JP", system-ui, "Segoe UI", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 1.5rem; }
.kicker { margin: 0; color: var(--soft); font-size: .85rem; letter-spacing: .04em; }
h1 { margin: .1rem 0 1.25rem; font-size: 2rem; line-height: 1.25; font-weight: 650; unicode-bidi: isolate; }
h2 { margin: 2.75rem 0 .5rem; font-size: 1.2rem; font-weight: 650; }
h3 { margin: 0; font-size: .95rem; font-weight: 600; unicode-bidi: isolate; }
h3 small, th small { color: var(--soft); font-weight: 400; }
p { margin: .4rem 0; }
.note, figcaption p, .kicker { color: var(--soft); }
.note { font-size: .88rem; }
.warning { margin: 1.5rem 0 0; padding: .6rem .9rem; border-left: 3px solid #b4771a; background: #fdf7ec; font-size: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .9rem 2rem; margin: 0; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; unicode-bidi: isolate; }
dd small, th small { display: block; font-size: .8rem; color: var(--soft); }
th small { font-weight: 400; }
.rows th small { display: inline; }
code { display: block; margin: .6rem 0; padding: .7rem .9rem; background: var(--wash); border: 1px solid var(--line); border-radius: 4px;
  font: .82rem/1.55 ui-monospace, "Cascadia Mono", "Noto Sans Mono CJK JP", Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0 0; break-inside: avoid; }
figcaption h3 { display: inline; margin-right: .8rem; }
figcaption p { display: inline; margin: 0; font-size: .85rem; }
figcaption h3 + p + p { display: block; }
figcaption span { display: inline-block; margin-right: 1.5rem; }
.chart { display: block; width: 100%; height: auto; margin-top: .35rem; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.chart .axis { stroke: #9aa4b1; stroke-width: 1; }
.chart .mark { fill: var(--soft); font-size: 11px; font-family: inherit; }
.chart .curve { fill: #1f5c9933; stroke: var(--blue); stroke-width: 1.1; stroke-linejoin: round; stroke-linecap: round; }
.chart .dot { fill: var(--blue); }
.scroll { overflow-x: auto; margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .86rem; line-height: 1.45; }
caption { text-align: left; padding: .3rem 0; font-weight: 600; unicode-bidi: isolate; }
th, td { padding: .35rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  unicode-bidi: isolate; min-width: 4.5rem; max-width: 24rem; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.rows thead th { min-width: 6rem; overflow-wrap: break-word; }
.batches thead th, .rows thead th:nth-child(-n+2) { white-space: nowrap; min-width: 0; }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; }
.rows tbody th, .batches tbody th { white-space: nowrap; min-width: 0; }
.number { text-align: right; }
.time { white-space: nowrap; }
.absent, .closed, .gap td { color: var(--soft); }
.gap td { text-align: center; padding: .8rem 0; background: var(--wash); }
.open { color: var(--green); }
.span, .file { display: block; }
.file { font-size: .78rem; }
a { color: var(--blue); text-decoration: none; border-bottom: 1px solid #b9cfe4; }
tr:target { background: #fff8e1; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .82rem; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .chart .mark { font-size: 18px; }
}
@media print {
  @page { size: A4; margin: 16mm 14mm; }
  html { font-size: 13px; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h1 { font-size: 18pt; }
  h2 { margin-top: 1.6rem; break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.8pt; }
  th, td, .rows thead th { padding: .25rem .4rem; min-width: 0; max-width: none; overflow-wrap: anywhere; }
  th:first-child, td:first-child, .rows thead th:first-child { padding-left: 0; }
  th:last-child, td:last-child, .rows thead th:last-child { padding-right: 0; }
  figure { margin-top: 1.1rem; }
  .time { white-space: normal; }
  thead { display: table-header-group; }
  caption { break-after: avoid; }
  tr, dl > div, .warning, code { break-inside: avoid; }
  a { color: inherit; border-bottom: 0; }
  .file { font-size: 6.5pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
