// Keeps a checkout page fresh: state by server-sent events (or by asking, where they do not come
// through), countdown, copying, and the sandbox's levers. The page stands without any of it.
'use strict';

const page = document.getElementById('checkout');
const byId = (id) => document.getElementById(id);
const POLL_MS = 10000;
const LEVER_BLOCKS = 1;

let endsAt = 0;
let uri = null;

function show(invoice) {
  const asked = isZero(invoice.amount_remaining) ? invoice.amount_crypto : invoice.amount_remaining;
  const texts = {
    headline: invoice.headline,
    sentence: invoice.sentence,
    asked,
    paid: invoice.paid_amount,
    received: String(Math.min(invoice.confirmations.received, invoice.confirmations.required)),
  };
  for (const [name, text] of Object.entries(texts)) {
    const place = page.querySelector(`[data-text="${name}"]`);
    // Unchanged text is left alone: a screen reader would read it again.
    if (place && place.textContent !== text) place.textContent = text;
  }
  page.dataset.status = invoice.status;
  byId('pay').hidden = !invoice.payable;
  byId('progress').hidden = !invoice.payments.some((payment) => payment.state !== 'reverted');
  byId('bar').value = Math.min(invoice.confirmations.received, invoice.confirmations.required);
  const over = invoice.status === 'confirmed';
  if (byId('success')) byId('success').hidden = !over;
  if (byId('cancel')) byId('cancel').hidden = !invoice.payable && invoice.status !== 'expired';
  endsAt = performance.now() + invoice.seconds_left * 1000;
  showCode(invoice.payment_uri);
  countDown();
}

// A new URI (the rest, after a part has arrived) needs a new code.
function showCode(newUri) {
  if (uri !== null && uri !== newUri) {
    const image = new Image();
    image.alt = '';
    image.src = `/pay/${page.dataset.id}/qr.svg?of=${encodeURIComponent(newUri)}`;
    byId('qr').replaceChildren(image);
    byId('wallet').href = newUri;
  }
  uri = newUri;
}

function isZero(amount) {
  return !/[1-9]/.test(amount);
}

function countDown() {
  const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const pad = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  byId('left').textContent = hours > 0 ? `${hours}:${rest}` : rest;
  byId('left').hidden = false;
}

// Amounts are exact decimals that a double would round: they stay text.
function read(text) {
  const quoted = text.replace(/"(amount_crypto|amount_remaining|paid_amount)":([0-9.]+)/g, '"$1":"$2"');
  return JSON.parse(quoted).invoice;
}

function follow() {
  const events = new EventSource(`/pay/${page.dataset.id}/events`);
  events.addEventListener('invoice', (event) => show(read(event.data)));
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) poll();
  });
}

async function poll() {
  try {
    const answer = await fetch(`/pay/${page.dataset.id}.json`);
    if (answer.ok) show(read(await answer.text()));
  } catch {
    // Offline: the next round may have more luck.
  }
  setTimeout(poll, POLL_MS);
}

async function copy(button) {
  const text = byId(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    // Without the permission, or over plain http: mark it, so that one keystroke copies it.
    getSelection().selectAllChildren(byId(button.dataset.copy));
    button.textContent = 'Marked';
  }
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}

async function pull(lever) {
  const network = page.dataset.network;
  const bodies = {
    pay: { address: byId('address').textContent },
    mine: { network, blocks: LEVER_BLOCKS },
    reorg: { network, depth: Math.max(1, Number(page.querySelector('[data-text="received"]').textContent)) },
  };
  lever.disabled = true;
  try {
    const answer = await fetch(`/sandbox/${lever.dataset.lever}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(bodies[lever.dataset.lever]),
    });
    const said = await answer.json();
    byId('said').textContent = answer.ok ? 'Done.' : said.error.message;
  } catch {
    byId('said').textContent = 'The gateway does not answer.';
  }
  lever.disabled = false;
}

show(read(page.dataset.state));
setInterval(countDown, 1000);
follow();
for (const button of page.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}
const sandbox = byId('sandbox');
if (sandbox) {
  sandbox.hidden = false;
  for (const lever of sandbox.querySelectorAll('[data-lever]')) {
    lever.addEventListener('click', () => pull(lever));
  }
}
