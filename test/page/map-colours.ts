import type { Page } from 'playwright-core';

/** Pixels on the map in the colours that only stations have there, and that only vehicles have. */
export type MapColours = { orange: number; blue: number; green: number };

/** Takes a picture of the map as it was put together on the screen, and counts. */
export async function mapColours(page: Page): Promise<MapColours> {
  // The legend lies over the map and has the same colours.
  const mask = [page.locator('.legend')];
  const picture = await page.locator('[data-testid=map] canvas').screenshot({ mask });
  return page.evaluate(async (base64) => {
    // What runs here is in the browser; the tests are type-checked as Node's.
    const { Image, document } = globalThis as unknown as {
      Image: new () => { src: string; width: number; height: number; decode(): Promise<void> };
      document: {
        createElement(name: 'canvas'): { width: number; height: number; getContext(kind: '2d'): Context };
      };
    };
    type Context = {
      drawImage(image: object, x: number, y: number): void;
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
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const counts = { orange: 0, blue: 0, green: 0 };
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
      if (red > 170 && red - blue > 70 && green < 190) counts.orange++;
      if (blue > 150 && blue - red > 60) counts.blue++;
      if (green - red > 70 && green - blue > 5 && blue - red > 50) counts.green++;
    }
    return counts;
  }, picture.toString('base64'));
}
