// What the page carries, unpacked: deflated, in base 64.

/** Return the text that an element of the page carries. @param {string} id */
export async function unpacked(id) {
  const text = /** @type {HTMLElement} */ (document.getElementById(id)).textContent ?? "";
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

let charts;

/** Return the library of the charts, unpacked when the first is drawn. */
export function library() {
  charts ??= unpacked("charts").then((code) => {
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    return /** @type {any} */ (window).Plotly;
  });
  return charts;
}

/** Return numbers that were packed as 32-bit floats in base 64. */
export function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
