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

  // Widget labels may hold maths. The manager asks for it as MathJax 2 wanted to be asked;
  // the pages have MathJax 3.
  window.MathJax = window.MathJax || {};
  window.MathJax.Hub = {
    Queue(...calls) {
      for (const [command, , element] of calls) {
        if (command !== "Typeset") continue;
        window.MathJax.startup?.promise?.then(() => window.MathJax.typesetPromise([element]));
      }
    },
  };
})();
