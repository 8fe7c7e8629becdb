"""A page that holds one interactive figure, and what the tests of all of them do with it."""

import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent

# A page that shows a widget from its saved state alone, as the built book does.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>widget</title>
<style>body { margin: 8px } %(css)s</style><div id="host"></div>"""
SCRIPT = ROOT / "book/vendor_static/explorers.js"  # what draws it there
SHOW = """async (state) => {
  window.model = { ...explorerModel(state), save_changes() { this.saved = true; } };
  window.stop = await drawExplorer(document.getElementById("host"), model);
}"""
OUTPUT = "document.querySelector('.coronet-widget').dataset.output"

# The contrast of every text and control with what lies behind it (WCAG 2, 1.4.3).
CONTRASTS = """() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? background(node.parentElement) : colour;
  };
  const written = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE);
  return [...document.querySelectorAll(".coronet-widget *")]
    .filter((node) => node.matches("input, select") || written(node))
    .map((node) => {
      const [text, ground] = [getComputedStyle(node).color, background(node)].map(luminance);
      return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    });
}"""


# How many pairs of words in a chart lie on each other.
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".cw-chart text")].map((text) => text.getBBox());
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.x < b.x + b.width
    && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)).length;
}"""


def output_of(page):
    return np.array(json.loads(page.evaluate(OUTPUT)))


def put(page, **state):
    """Set values of the widget's state, by name."""
    page.evaluate("(all) => Object.entries(all).forEach((pair) => model.set(...pair))", state)


def unfolded(page):
    """Open the table for who cannot see the drawing; its rows, which come when the browser has opened it."""
    page.locator("summary").press("Enter")
    page.locator(".cw-numbers td").first.wait_for()
    return page.locator(".cw-numbers tbody tr")


def press(page, name, key, times=1, role="combobox"):
    page.get_by_role(role, name=name, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)
