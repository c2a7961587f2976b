"""How the report looks: on a phone, on a desk, in the dark, on A4."""

STYLE = """
:root{color-scheme:light dark;--fond:#f5f6f8;--carte:#fff;--texte:#1c1e21;--doux:#565b64;--trait:#d9dce2;--accent:#1f5f99;
--marque:#a8480b;--voile:#e4edf6;--rouge:#a01919}
@media (prefers-color-scheme:dark){:root{--fond:#15171a;--carte:#1f2226;--texte:#eceef1;--doux:#aab0ba;--trait:#3a3f47;--accent:#7db7ea;
--marque:#f0a05a;--voile:#26323e;--rouge:#ff9d9d}}
*{box-sizing:border-box}
body{margin:0;background:var(--fond);color:var(--texte);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.saut{position:absolute;left:-999px}.saut:focus{left:1rem;top:1rem;background:var(--carte);padding:.5rem 1rem}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.75rem}
h1{margin:0;font-size:1.65rem;line-height:1.2}
h2{margin:2.25rem 0 .75rem;font-size:1.25rem}
h3{margin:0 0 .75rem;font-size:1rem}
.sous,.note,footer{color:var(--doux);font-size:.9rem}
.sous{margin:.35rem 0 0}
.alerte{margin:1rem 0 0;padding:.7rem 1rem;border-left:4px solid var(--rouge);background:var(--carte)}
.chiffres{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem;margin:0}
.chiffres div,.carte{background:var(--carte);border:1px solid var(--trait);border-radius:.6rem;padding:.9rem 1rem}
.chiffres div{display:flex;flex-direction:column}
.chiffres dt{color:var(--doux);font-size:.875rem;order:2}
.chiffres dd{margin:0;font-size:1.5rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;white-space:nowrap}
.chiffres .precis{white-space:normal;font-size:.8125rem;font-weight:400;color:var(--doux);order:3}
.deux{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;align-items:start}
.deux>*{min-width:0}.deux+*{margin-top:1rem}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:12px;fill:var(--doux)}svg .petit{font-size:10px}svg .valeur{fill:var(--texte);font-weight:600}
.barre{fill:var(--accent)}.marquee{fill:var(--marque)}.fond{fill:var(--voile)}
.axe{stroke:var(--doux)}.grille{stroke:var(--trait);stroke-dasharray:3 3}
.courbe{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}.aire{fill:var(--voile)}
.defile{overflow-x:auto;max-width:100%}
.defile:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:0 0 .5rem}
th,td{padding:.4rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--trait);overflow-wrap:break-word}
thead th{color:var(--doux);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}tfoot th,tfoot td{font-weight:650;border-top:2px solid var(--doux)}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
th.n{white-space:normal}
.large{min-width:44rem}.large td:last-child{min-width:16rem}
tr.actuel>*{background:var(--voile);font-weight:650}
.regles{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.35rem 1.5rem;margin:0}
.regles div{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid var(--trait);padding:.25rem 0}
.regles dt{color:var(--doux)}.regles dd{margin:0;white-space:nowrap;font-weight:600;text-align:right}
footer{padding-top:1.5rem;padding-bottom:2.5rem}
@media (max-width:40rem){.chiffres{grid-template-columns:1fr 1fr}.chiffres dd{font-size:1.2rem}.chiffres div,.carte{padding:.75rem}
th,td{padding:.35rem .4rem}table{font-size:.85rem}}
@page{size:A4;margin:14mm 12mm}
@media print{:root{color-scheme:light;--fond:#fff;--carte:#fff;--texte:#000;--doux:#444;--trait:#bbb;--accent:#1f5f99;--marque:#a8480b;
--voile:#e9eff6;--rouge:#a01919}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:10pt}.saut{display:none}header,main,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}
.deux{grid-template-columns:1fr 1fr;gap:4mm}.chiffres{grid-template-columns:repeat(3,1fr);gap:3mm}.chiffres dd{font-size:14pt}
.carte,.chiffres div,tr,svg{break-inside:avoid}.longue{break-inside:auto}h2,h3,caption{break-after:avoid}thead{display:table-header-group}
tfoot{display:table-row-group}h2{margin-top:7mm}.defile{overflow:visible}.large{min-width:0}.large td:last-child{min-width:0}
table{font-size:8.5pt}th,td{padding:1mm 1.5mm}}
"""
