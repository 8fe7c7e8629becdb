// Where the widget manager finds its modules: beside this file, never on another host.
// Loaded after require.js and before html-manager's embed-amd.js, on pages with widgets only.
(function () {
  const vendor = new URL("vendor", document.currentScript.src).href;
  window.requirejs.config({
    paths: {
      anywidget: `${vendor}/anywidget`,
      "@jupyter-widgets": `${vendor}/html-manager`,
      "@jupyter-widgets/html-manager/dist": `${vendor}/html-manager`,
    },
  });

  // Widget labels may hold maths. The widget manager asks for it as one asked MathJax 2; the pages
  // have MathJax 3, which is there (on pages with formulas) by the time the widgets are drawn.
  window.addEventListener("load", () => {
    if (!window.MathJax) return;
    window.MathJax.Hub = {
      Queue([, , element]) {
        window.MathJax.typesetPromise([element]);
      },
    };
  });
})();
