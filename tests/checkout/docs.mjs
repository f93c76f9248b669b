// The documentation in a browser: whoever opens it sees text, however wide the window, and not a list
// of links. Prints "ok" when every check held; anything else is a failure, said on stderr.
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const [nodeModules, chromium, baseUrl] = process.argv.slice(2);
const { chromium: driver } = createRequire(`${nodeModules}/`)('playwright-core');

const WINDOWS = [
  { width: 360, height: 740 },
  { width: 799, height: 800 },
  { width: 1000, height: 800 },
  { width: 1600, height: 900 },
];

const browser = await driver.launch({ executablePath: chromium, args: ['--no-sandbox'] });
try {
  for (const viewport of WINDOWS) await opened({ viewport, javaScriptEnabled: true });
  await opened({ viewport: { width: 1000, height: 800 }, javaScriptEnabled: false });
  console.log('ok');
} finally {
  await browser.close();
}

async function opened({ viewport, javaScriptEnabled }) {
  const said = `${viewport.width} px`;
  const context = await browser.newContext({ viewport, javaScriptEnabled });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(baseUrl)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${baseUrl}/docs`);
  const box = async (selector) => page.locator(selector).first().boundingBox();
  const heading = await box('main h1');
  const start = await box('#quick-start ol');
  assert.ok(heading.y < viewport.height / 3, `${said}: the text begins at ${heading.y} px`);
  assert.ok(start.y < viewport.height, `${said}: the first steps are out of sight`);
  assert.ok(start.width > Math.min(viewport.width / 2, 640), `${said}: the text is ${start.width} px wide`);
  const nav = await box('nav');
  const covers = (nav.width * Math.min(nav.height, viewport.height)) / (viewport.width * viewport.height);
  assert.ok(covers < 0.3, `${said}: the contents take ${Math.round(covers * 100)} % of the window`);
  const main = await box('main');
  assert.ok(main.x + main.width <= viewport.width, `${said}: the text is cut off`);
  // A link of the contents leads to its chapter.
  await page.locator('nav a[href="#webhooks"]').click();
  const chapter = await box('#webhooks h2');
  assert.ok(chapter.y >= 0 && chapter.y < viewport.height, `${said}: #webhooks is at ${chapter.y}`);
  assert.deepEqual(complaints, [], said);
  await context.close();
}
