// What axe would say of contrast and of what can be reached: a list of sentences, empty where all is well.
const found = [];
const channel = value => { const c = value / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const colour = text => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
const behind = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
};
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
const isShown = element => {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1;
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !isShown(element) || ['TITLE', 'DESC', 'OPTION'].includes(element.tagName.toUpperCase())) continue;
  if (element.closest('.skip, .unseen')) continue;
  const style = getComputedStyle(element);
  const isDrawn = element instanceof SVGElement;
  const below = behind(element.closest('svg') || element);
  const ink = over(colour(isDrawn ? style.fill : style.color), below);
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  const has = ratio(ink, below);
  if (has < needed) found.push(`contrast ${has.toFixed(2)} of "${walker.currentNode.textContent.trim().slice(0, 40)}"`);
}
for (const element of document.querySelectorAll('a, button, input, select, textarea, summary')) {
  if (!isShown(element) || element.type === 'hidden') continue;
  if (element.tabIndex < 0) found.push(`${element.tagName} "${element.textContent.trim()}" cannot be reached by key`);
  const name = element.getAttribute('aria-label') || element.textContent.trim() || (element.labels && [...element.labels].map(l => l.textContent).join(''));
  if (!name) found.push(`${element.outerHTML.slice(0, 80)} has no name`);
}
for (const element of document.querySelectorAll('[tabindex]')) {
  if (Number(element.getAttribute('tabindex')) > 0) found.push('a tabindex above zero breaks the order');
}
if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
  found.push(`the page is wider than the screen: ${document.documentElement.scrollWidth} > ${document.documentElement.clientWidth}`);
}
for (const scroller of document.querySelectorAll('.scroll')) {
  if (scroller.tabIndex !== 0) found.push('what scrolls cannot be scrolled by key');
}
return found;
