import type { Page } from 'playwright-core';

/** CSS pixels of the map in colours that only stations have there, and in the colour that only vehicles have. */
export type MapColours = { orange: number; blue: number; green: number };

/** Takes a screenshot of the map and counts the pixels. @param drawing what holds the map: on paper, it is a picture */
export async function mapColours(page: Page, drawing = '[data-testid=map] canvas'): Promise<MapColours> {
  const base64 = (await page.locator(drawing).screenshot()).toString('base64');
  const given = { base64, drawing };
  return page.evaluate(async ({ base64, drawing }) => {
    // This runs in the browser, but the tests are type-checked for Node.
    type Box = { left: number; top: number; width: number; height: number };
    type Element = { getBoundingClientRect(): Box };
    const { Image, document } = globalThis as unknown as {
      Image: new () => { src: string; width: number; height: number; decode(): Promise<void> };
      document: {
        createElement(name: 'canvas'): { width: number; height: number; getContext(kind: '2d'): Context };
        querySelector(selector: string): Element | null;
      };
    };
    type Context = {
      drawImage(image: object, x: number, y: number): void;
      clearRect(x: number, y: number, width: number, height: number): void;
      getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
    };
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const map = (document.querySelector(drawing) as Element).getBoundingClientRect();
    const scale = image.width / map.width;
    // The legend covers a part of the map and has the same colours.
    const legend = document.querySelector('.legend')?.getBoundingClientRect();
    if (legend) {
      const [x, y] = [legend.left - map.left, legend.top - map.top];
      context.clearRect(
        Math.floor(x * scale),
        Math.floor(y * scale),
        Math.ceil(legend.width * scale) + 1,
        Math.ceil(legend.height * scale) + 1,
      );
    }
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const counts = { orange: 0, blue: 0, green: 0 };
    for (let at = 0; at < data.length; at += 4) {
      const red = data[at] as number;
      const green = data[at + 1] as number;
      const blue = data[at + 2] as number;
      if (red > 170 && red - blue > 70 && green < 190) counts.orange++;
      if (blue > 150 && blue - red > 60) counts.blue++;
      if (green - red > 70 && green - blue > 5 && blue - red > 50) counts.green++;
    }
    const inCss = (count: number) => Math.round(count / scale ** 2);
    return { orange: inCss(counts.orange), blue: inCss(counts.blue), green: inCss(counts.green) };
  }, given);
}
