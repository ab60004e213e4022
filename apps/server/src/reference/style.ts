/** Style of the reference page; its hash stands in the page's Content-Security-Policy. */
export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; }
nav { position: sticky; top: 0; background: Canvas; padding: .5rem 0; border-bottom: 1px solid; }
details { border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); border-radius: .3rem;
  margin: .3rem 0; padding: .3rem .6rem; scroll-margin-top: 4rem; }
h2 { scroll-margin-top: 4rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
summary .get { color: #1a7f37; }
summary .post { color: #0969da; }
summary .delete { color: #cf222e; }
code, pre { font: .9em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; white-space: pre; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .15rem .6rem .15rem 0; }
dt { float: left; clear: left; min-width: 4.5rem; font-weight: bold; }
dd { margin: 0 0 .3rem 4.5rem; }
i { opacity: .7; font-style: normal; }
`;
