// A customer's browser on the checkout page. Prints "ok" when every check held; anything else is a
// failure, said on stderr.
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const [nodeModules, chromium, baseUrl, id, network, address, amount, depth] = process.argv.slice(2);
const { chromium: driver } = createRequire(`${nodeModules}/`)('playwright-core');
const url = `${baseUrl}/pay/${id}`;
const PATIENCE_MS = 60_000;

async function lever(verb, body) {
  const answer = await fetch(`${baseUrl}/sandbox/${verb}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${verb}: ${answer.status} ${await answer.text()}`);
}

const browser = await driver.launch({ executablePath: chromium, args: ['--no-sandbox'] });
try {
  await aPhoneFollowsThePayment();
  await withoutScriptsEverythingIsStillThere();
  console.log('ok');
} finally {
  await browser.close();
}

async function aPhoneFollowsThePayment() {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(baseUrl) && !to.startsWith('data:')) complaints.push(`asked ${to}`);
  });
  await page.goto(url);
  await shows(page, address);
  await shows(page, amount);
  assert.ok(await page.locator('svg, img').count(), 'no QR code');
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 360, `the page is ${width} px wide on a phone of 360`);

  const loads = await page.evaluate(() => performance.timeOrigin);
  await lever('pay', { address });
  await lever('mine', { network, blocks: 1 });
  await becomes(page, /confirming|confirmations?/i);
  await lever('mine', { network, blocks: Number(depth) });
  await becomes(page, /confirmed|paid|thank/i);
  assert.equal(await page.evaluate(() => performance.timeOrigin), loads, 'the page was reloaded');
  assert.deepEqual(complaints, []);
  await context.close();
}

async function withoutScriptsEverythingIsStillThere() {
  const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: 'dark' });
  const page = await context.newPage();
  await page.goto(url);
  await shows(page, address);
  await becomes(page, /confirmed|paid|thank/i);
  await context.close();
}

async function shows(page, text) {
  const body = await page.locator('body').innerText();
  assert.ok(body.replace(/\s/g, '').includes(text), `the page does not show ${text}:\n${body}`);
}

async function becomes(page, pattern) {
  const until = Date.now() + PATIENCE_MS;
  let body = '';
  while (Date.now() < until) {
    body = await page.locator('main').first().innerText();
    if (pattern.test(body)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`the page never said ${pattern}:\n${body}`);
}
