//! How the pages look: one column, readable on a telephone, light and dark.

pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#57616c;--line:#dde2e7;--card:#f6f8fa;--link:#1a62b8;--mark:#2f8a55}\
@media (prefers-color-scheme:dark){:root{--ground:#14181d;--ink:#dde3ea;--soft:#98a4b3;--line:#2c343d;--card:#1b2027;--link:#79b4ff;--mark:#56bd82}}\
*{box-sizing:border-box}html{scroll-padding-top:1rem}\
body{margin:0 auto;max-width:72rem;padding:1rem 1.1rem 5rem;background:var(--ground);color:var(--ink);\
font:16px/1.55 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;overflow-wrap:anywhere}\
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}\
h1{font-size:1.7rem;margin:.6rem 0 .3rem}h2{font-size:1.25rem;margin:2.2rem 0 .6rem}h3{font-size:1.1rem;margin:0 0 .4rem}\
h4,h5,h6{margin:1rem 0 .3rem;font-size:1rem}\
.word{color:var(--soft);font-weight:400}nav{font-size:.92rem;color:var(--soft)}\
.lists{display:grid;gap:0 1.4rem;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));list-style:none;padding:0;margin:.3rem 0}\
.lists li{padding:.1rem 0}\
section.item{border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;margin:1rem 0}\
section.item:target{border-color:var(--link)}\
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:.88em}\
pre{background:var(--card);border-radius:8px;padding:.7rem .9rem;overflow-x:auto;overflow-wrap:normal;line-height:1.45}\
:not(pre)>code{background:var(--card);border-radius:4px;padding:.08em .3em}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.94rem;margin:.6rem 0}\
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-top:1px solid var(--line)}\
th:first-child{width:12rem}td p,td ul{margin:0}th{font-weight:600;white-space:nowrap}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem .9rem;margin:.7rem 0;font-size:.94rem}\
dt{color:var(--soft)}dd{margin:0}\
details{margin:.8rem 0 0}summary{cursor:pointer;color:var(--link)}\
.picture{overflow-x:auto;margin-top:.6rem;padding:.4rem;border:1px solid var(--line);border-radius:8px;background:var(--ground)}\
.picture svg{display:block;margin:0 auto;height:auto;width:min(var(--width),max(100%,calc(var(--width)*.75)))}\
p,ul,ol,dl{max-width:58rem}\
@media (max-width:32rem){body{font-size:15px}dl{grid-template-columns:1fr}dt{margin-top:.4rem}section.item{padding:.8rem}}\
@media print{.picture svg{width:100%}}";
