//! The first payment from beginning to end, and how a webhook is verified, in examples to copy.

use super::{rows, text};
use crate::json::tree::Json;
use maud::{Markup, html};

/// From a key to the money.
pub fn quick_start(document: &Json) -> Markup {
    let rows = rows(document, "paths");
    let create = rows.iter().find(|row| row.text("operationId") == "createInvoice");
    let server = document.get("servers").and_then(|servers| servers.items().first());
    let server = server.map(|server| text(server, "url")).unwrap_or_default();
    html! {
        section #quick-start {
            h2 { "Quick start" }
            ol {
                li { "Ask for an invoice, with the key and the secret of your account." }
                li { "Send your customer to its " code { "checkout_url" } "." }
                li {
                    "Wait for the webhook " code { "payment_confirmed" } ", or read the invoice: \
                     once its " code { "status" } " is " code { "confirmed" } ", the money is in \
                     your balance. Deliver then, and not before."
                }
            }
            @if let Some(create) = create {
                pre { code { (super::operation::curl(document, create)) } }
            }
            h3 { "PHP" }
            pre { code { (PHP.replace("{server}", server)) } }
            h3 { "Node.js" }
            pre { code { (NODE.replace("{server}", server)) } }
            h3 { "Python" }
            pre { code { (PYTHON.replace("{server}", server)) } }
        }
    }
}

/// By the headers, in three languages.
pub fn verifying() -> Markup {
    html! {
        h3 { "Verify before you act" }
        p {
            "Anybody can send a POST to your server. Ours carry the headers of "
            a href="https://www.standardwebhooks.com" rel="noreferrer" { "Standard Webhooks" }
            ", signed with your app secret over the bytes of the body: verify them before you \
             read the body as JSON. While your secret is being rotated the header holds a \
             signature under each of the two, parted by a space."
        }
        h4 { "PHP" }
        pre { code { (VERIFY_PHP) } }
        h4 { "Node.js" }
        pre { code { (VERIFY_NODE) } }
        h4 { "Python" }
        pre { code { (VERIFY_PYTHON) } }
        p {
            "Answer 2xx within 15 seconds, and do the work afterwards. Anything else is tried \
             again after 1 min, 5 min, 15 min, 1 h and 6 h. The same event may come twice, and a \
             repeated one after a later one: " code { "webhook-id" } " tells the first, and the \
             invoice itself says how things stand now."
        }
    }
}

const PHP: &str = r#"$ch = curl_init('{server}/api/v1/invoices');
curl_setopt_array($ch, [
    CURLOPT_POST => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . $apiKey . ':' . $apiSecret,
        'Content-Type: application/json',
        'Idempotency-Key: order-001',
    ],
    CURLOPT_POSTFIELDS => json_encode([
        'network' => 'trc20', 'amount_usd' => 50.00, 'order_id' => 'ORD-001',
    ]),
    CURLOPT_RETURNTRANSFER => true,
]);
$response = json_decode(curl_exec($ch), true);
if ($response['success']) {
    header('Location: ' . $response['checkout_url']);
}"#;

const NODE: &str = r#"const response = await fetch('{server}/api/v1/invoices', {
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${apiKey}:${apiSecret}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'order-001',
  },
  body: JSON.stringify({ network: 'trc20', amount_usd: 50.00, order_id: 'ORD-001' }),
});
const { success, checkout_url, error } = await response.json();"#;

const PYTHON: &str = r#"response = requests.post(
    '{server}/api/v1/invoices',
    headers={
        'Authorization': f'Bearer {api_key}:{api_secret}',
        'Idempotency-Key': 'order-001',
    },
    json={'network': 'trc20', 'amount_usd': 50.00, 'order_id': 'ORD-001'},
)
checkout_url = response.json()['checkout_url']"#;

const VERIFY_PHP: &str = r#"$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$at = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$key = base64_decode(substr($appSecret, strlen('whsec_')));
$wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$at.$body", $key, true));
$good = false;
foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
    $good = $good || hash_equals($wanted, $signature);
}
if (!$good || abs(time() - (int) $at) > 300) {
    http_response_code(401);
    exit;
}
$event = json_decode($body, true);"#;

const VERIFY_NODE: &str = r#"import { createHmac, timingSafeEqual } from 'node:crypto';

// headers as Node's http gives them; body as the bytes that came (a Buffer), not as parsed JSON
function verify(headers, body, appSecret) {
  const at = headers['webhook-timestamp'];
  const key = Buffer.from(appSecret.slice('whsec_'.length), 'base64');
  const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${at}.`).update(body);
  const wanted = Buffer.from(`v1,${signed.digest('base64')}`);
  const good = (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  return good && Math.abs(Date.now() / 1000 - Number(at)) <= 300;
}"#;

const VERIFY_PYTHON: &str = r#"import base64, hashlib, hmac, time

# headers with lower-case names; body as the bytes that came, not as parsed JSON
def verify(headers, body: bytes, app_secret: str) -> bool:
    event, at = headers.get('webhook-id', ''), headers.get('webhook-timestamp', '')
    key = base64.b64decode(app_secret.removeprefix('whsec_'))
    signed = f'{event}.{at}.'.encode() + body
    wanted = b'v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = headers.get('webhook-signature', '').encode().split(b' ')
    good = any(hmac.compare_digest(wanted, one) for one in given)
    return good and abs(time.time() - int(at)) <= 300"#;
