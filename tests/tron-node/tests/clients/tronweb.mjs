// tronweb against the stand-in: makes accounts, sends TRX and dollars, reads everything back.
// Prints "ok" when every check held; anything else is a failure, said on stderr.
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const [nodeModules, full, solidity, , levers, rpc] = process.argv.slice(2);
const { TronWeb } = createRequire(`${nodeModules}/`)('tronweb');
// tronweb brings it along; it speaks to nodes' JSON-RPC.
const { JsonRpcProvider, Interface } = createRequire(`${nodeModules}/tronweb/`)('ethers');

async function lever(name, body = {}) {
  const answer = await fetch(`${levers}/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const said = await answer.json();
  assert.ok(!said.error, `${name}: ${said.error}`);
  return said;
}

const world = await lever('status');
const client = (privateKey) =>
  new TronWeb({ fullNode: full, solidityNode: solidity, eventServer: full, privateKey });
const payer = client(world.payer);
const payerAddress = payer.defaultAddress.base58;

await anAccountIsMadeAndActivated();
await dollarsAreSentAndRead();
await dollarsAreSentByBytes();
await theLogIsReadAsEvents();
await oneTransactionPaysMany();
await whatIsRefusedIsSaid();
await aForkTakesAPaymentBack();
await blocksAreReadInEveryWay();
await ethersReadsTheLogs();
console.log('ok');

async function anAccountIsMadeAndActivated() {
  const account = await TronWeb.createAccount();
  const address = account.address.base58;
  assert.deepEqual(await payer.trx.getUnconfirmedAccount(address), {});
  const sent = await payer.trx.sendTransaction(address, 7_000_000);
  assert.equal(sent.result, true);
  assert.equal(sent.transaction.txID, sent.txid);
  await lever('mine');
  assert.equal(await payer.trx.getUnconfirmedBalance(address), 7_000_000);
  assert.equal(await payer.trx.getBalance(address), 0, 'not solid yet');
  await lever('mine', { blocks: 18 });
  assert.equal(await payer.trx.getBalance(address), 7_000_000);
  const read = await payer.trx.getAccount(address);
  assert.equal(TronWeb.address.fromHex(read.address), address);
  assert.equal(TronWeb.address.fromHex(read.owner_permission.keys[0].address), address);
  const info = await payer.trx.getTransactionInfo(sent.txid);
  assert.equal(info.fee, 1_100_000);

  // The new one sends some back, built by the node and checked by tronweb.
  const own = client(account.privateKey);
  const built = await own.transactionBuilder.sendTrx(payerAddress, 1_000_000);
  const signed = await own.trx.sign(built);
  const back = await own.trx.sendRawTransaction(signed);
  assert.equal(back.result, true);
  await lever('mine');
  assert.equal(await own.trx.getUnconfirmedBalance(address), 6_000_000);
  const used = await own.trx.getAccountResources(address);
  assert.ok(used.freeNetUsed > 250 && used.freeNetUsed < 300, `${used.freeNetUsed}`);
}

async function dollarsAreSentAndRead() {
  const { address } = await TronWeb.createAccount();
  const token = await payer.contract().at(world.token);
  assert.equal(await token.symbol().call(), 'USDT');
  assert.equal(Number(await token.decimals().call()), 6);
  assert.equal(BigInt(await token.balanceOf(address.base58).call()), 0n);
  const txid = await token.transfer(address.base58, 12_345_678).send({ feeLimit: 50_000_000 });
  const waiting = await payer.trx.getTransaction(txid);
  assert.equal(waiting.txID, txid);
  assert.ok(payer.utils.transaction.txCheck(waiting), 'its bytes, its JSON and its id agree');
  await lever('mine');
  assert.equal(BigInt(await token.balanceOf(address.base58).call()), 12_345_678n);
  const info = await payer.trx.getUnconfirmedTransactionInfo(txid);
  assert.equal(info.receipt.result, 'SUCCESS');
  assert.equal(info.receipt.energy_usage_total, 130_285);
  assert.deepEqual(info.contractResult, ['0'.repeat(64)], 'false, although it succeeded');
  assert.deepEqual(await payer.trx.getTransactionInfo(txid), {}, 'not solid yet');
  const estimate = await payer.transactionBuilder.estimateEnergy(
    world.token, 'transfer(address,uint256)', {},
    [{ type: 'address', value: address.base58 }, { type: 'uint256', value: 1 }], payerAddress);
  assert.equal(estimate.energy_required, 64_285, 'a payee who has some costs less');
}

async function dollarsAreSentByBytes() {
  const { address } = await TronWeb.createAccount();
  const { transaction } = await payer.transactionBuilder.triggerSmartContract(
    world.token, 'transfer(address,uint256)', { feeLimit: 50_000_000 },
    [{ type: 'address', value: address.base58 }, { type: 'uint256', value: '99' }], payerAddress);
  const signed = await payer.trx.sign(transaction);
  const { txJsonToPb } = payer.utils.transaction;
  const pb = txJsonToPb(signed);
  pb.addSignature(Buffer.from(signed.signature[0], 'hex'));
  const bytes = Buffer.from(pb.serializeBinary()).toString('hex');
  const sent = await payer.trx.sendHexTransaction(bytes);
  assert.equal(sent.result, true, JSON.stringify(sent));
  assert.equal(sent.transaction.txID ?? JSON.parse(sent.transaction).txID, signed.txID);
  await lever('mine');
  const info = await payer.trx.getUnconfirmedTransactionInfo(signed.txID);
  assert.equal(BigInt(`0x${info.log[0].data}`), 99n);
}

async function theLogIsReadAsEvents() {
  const { address } = await TronWeb.createAccount();
  const { txid } = await lever('pay', { to: address.base58, units: '5000001' });
  await lever('mine');
  const info = await payer.trx.getUnconfirmedTransactionInfo(txid);
  const token = await payer.contract().at(world.token);
  const [log] = info.log;
  assert.equal(`41${log.address}`, TronWeb.address.toHex(world.token));
  assert.equal(`0x${log.topics[0]}`, payer.sha3('Transfer(address,address,uint256)'));
  const [from, to] = log.topics.slice(1).map((topic) => TronWeb.address.fromHex(`41${topic.slice(24)}`));
  assert.deepEqual([from, to], [payerAddress, address.base58]);
  const [value] = payer.utils.abi.decodeParams([], ['uint256'], `0x${log.data}`);
  assert.equal(BigInt(value), 5_000_001n);
  assert.ok(token.abi.some((entry) => entry.type?.toLowerCase() === 'event' && entry.name === 'Transfer'));
}

async function oneTransactionPaysMany() {
  const people = await Promise.all([1, 2, 3].map(() => TronWeb.createAccount()));
  const to = people.map((one) => one.address.base58);
  const batcher = await payer.contract().at(world.batcher);
  // A copy: tronweb turns its arguments into hex in place.
  const txid = await batcher.batch(world.token, [...to], [10, 20, 30]).send({ feeLimit: 5_000_000_000 });
  await lever('mine');
  const info = await payer.trx.getUnconfirmedTransactionInfo(txid);
  assert.equal(info.receipt.result, 'SUCCESS', JSON.stringify(info));
  assert.deepEqual(info.log.map((log) => Number(`0x${log.data}`)), [10, 20, 30]);
  assert.deepEqual(info.log.map((log) => TronWeb.address.fromHex(`41${log.topics[2].slice(24)}`)), to);
}

async function whatIsRefusedIsSaid() {
  const stranger = client((await TronWeb.createAccount()).privateKey);
  const { base58: address } = stranger.defaultAddress;
  const absent = await stranger.trx.sendTransaction(payerAddress, 1);
  assert.equal(absent.code, 'CONTRACT_VALIDATE_ERROR');
  assert.match(TronWeb.toUtf8(absent.message), new RegExp(`account \\[${address}\\] does not exist`));

  const unsigned = await payer.transactionBuilder.sendTrx(address, 2_000_000);
  const forged = payer.utils.crypto.signTransaction(stranger.defaultPrivateKey, unsigned);
  const refused = await payer.trx.sendRawTransaction(forged);
  assert.equal(refused.code, 'SIGERROR');
  assert.match(TronWeb.toUtf8(refused.message), new RegExp(`is signed by ${address} but`));

  const once = await payer.trx.sign(await payer.transactionBuilder.sendTrx(address, 3_000_000));
  assert.equal((await payer.trx.sendRawTransaction(once)).result, true);
  assert.equal((await payer.trx.sendRawTransaction(once)).code, 'DUP_TRANSACTION_ERROR');
  await lever('mine');
}

async function aForkTakesAPaymentBack() {
  const { address } = await TronWeb.createAccount();
  const { txid } = await lever('pay', { to: address.base58, units: 4 });
  await lever('mine');
  const before = await payer.trx.getUnconfirmedTransactionInfo(txid);
  await lever('reorganise', { depth: 1, blocks: 3 });
  assert.deepEqual(await payer.trx.getUnconfirmedTransactionInfo(txid), {});
  await lever('mine');
  const after = await payer.trx.getUnconfirmedTransactionInfo(txid);
  assert.ok(after.blockNumber > before.blockNumber);
}

async function blocksAreReadInEveryWay() {
  const head = await payer.trx.getCurrentBlock();
  const { number } = head.block_header.raw_data;
  assert.deepEqual(await payer.trx.getBlockByNumber(number), head);
  assert.deepEqual(await payer.trx.getBlockByHash(head.blockID), head);
  const solid = await payer.trx.getConfirmedCurrentBlock();
  assert.equal(solid.block_header.raw_data.number, (await lever('status')).solid);
  const range = await payer.trx.getBlockRange(number - 2, number);
  assert.deepEqual(range.map((block) => block.block_header.raw_data.number), [number - 2, number - 1, number]);
  const parameters = await payer.trx.getChainParameters();
  assert.equal(parameters.find((one) => one.key === 'getEnergyFee').value, 100);
  const node = await payer.trx.getNodeInfo();
  assert.ok(node.block.startsWith(`Num:${number},ID:`));
  for (const block of range) {
    for (const transaction of block.transactions ?? []) {
      assert.ok(payer.utils.transaction.txCheck(transaction));
      assert.equal(
        TronWeb.address.fromHex(transaction.raw_data.contract[0].parameter.value.owner_address),
        payer.trx.ecRecover(transaction).replace(/^41.*/, (hex) => TronWeb.address.fromHex(hex)));
    }
  }
}

async function ethersReadsTheLogs() {
  const { address } = await TronWeb.createAccount();
  const { txid } = await lever('batch', { payments: [{ to: address.base58, units: 3 }, { to: address.base58, units: 4 }] });
  const { head } = await lever('mine');
  const provider = new JsonRpcProvider(rpc, undefined, { staticNetwork: false });
  try {
    const { chainId } = await provider.getNetwork();
    assert.equal(chainId, BigInt(`0x${world.genesis.slice(-8)}`));
    assert.equal(await provider.getBlockNumber(), head);
    const abi = new Interface(['event Transfer(address indexed from, address indexed to, uint256 value)']);
    const token = `0x${TronWeb.address.toHex(world.token).slice(2)}`;
    const logs = await provider.getLogs({ address: token, fromBlock: head, toBlock: head, topics: [abi.getEvent('Transfer').topicHash] });
    assert.deepEqual(logs.map((log) => log.transactionHash), [`0x${txid}`, `0x${txid}`]);
    const read = logs.map((log) => abi.parseLog(log).args);
    assert.deepEqual(read.map(({ value }) => value), [3n, 4n]);
    assert.equal(read[0].to.toLowerCase(), `0x${TronWeb.address.toHex(address.base58).slice(2)}`.toLowerCase());
    const receipt = await provider.getTransactionReceipt(`0x${txid}`);
    assert.deepEqual([receipt.status, receipt.logs.length, receipt.blockNumber], [1, 2, head]);
    await assert.rejects(provider.send('eth_getTransactionCount', [token, 'latest']), /does not exist/);
  } finally {
    provider.destroy();
  }
}
