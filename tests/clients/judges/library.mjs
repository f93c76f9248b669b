// The library of Standard Webhooks from npm as judge: one case a line, one verdict a line.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const { Webhook, WebhookVerificationError } = createRequire(`${process.argv[2]}/`)('standardwebhooks');

for (const line of readFileSync(0, 'utf8').trimEnd().split('\n')) {
  const [secret, id, at, signature, body] = line.split('\t');
  const given = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature };
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
  try {
    new Webhook(secret).verify(body, headers);
    console.log('accepted');
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`refused: ${error.message}`);
  }
}
