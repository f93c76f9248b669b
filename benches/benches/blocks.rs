//! A block of 5,000 Transfer logs, from the answers of a node to transfers: it has to cost less than
//! 10 ms of ours. Beside it the bare exchange of the same bytes with the same little server.
//!
//! `cargo bench -p cryptopayment-benches --bench blocks`

use criterion::{Criterion, criterion_group, criterion_main};
use cryptopayment_chains::adapter::Chain;
use cryptopayment_chains::address::Address;
use cryptopayment_chains::chain_name::ChainName;
use cryptopayment_chains::evm::{Asset, EvmAdapter, EvmSettings};
use cryptopayment_domain::network::Network;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const LOGS: usize = 5_000;
const TOKEN: &str = "0x55d398326f99059fF775485246999027B3197955";
const TRANSFER: &str = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

fn word(number: usize) -> String {
    format!("\"0x{number:064x}\"")
}

fn block() -> String {
    let ids: Vec<String> = (0..LOGS).map(word).collect();
    format!(
        r#"{{"number":"0x7","hash":{},"parentHash":{},"timestamp":"0x1","logsBloom":"0x{}","transactions":[{}]}}"#,
        word(7),
        word(6),
        "ff".repeat(256),
        ids.join(",")
    )
}

fn logs() -> String {
    let log = |place: usize| {
        let (topics, data) = ([word(1), word(place)].join(","), word(place + 1));
        format!(
            r#"{{"address":"{TOKEN}","topics":["{TRANSFER}",{topics}],"data":{data},"blockHash":{},"transactionHash":{},"transactionIndex":"{place:#x}","logIndex":"{place:#x}","blockNumber":"0x7","removed":false}}"#,
            word(7),
            word(place)
        )
    };
    format!("[{}]", (0..LOGS).map(log).collect::<Vec<_>>().join(","))
}

/// A server that answers each call by its method, on as many connections as come.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        let (block, logs) = (block(), logs());
        for stream in listener.incoming().flatten() {
            let (block, logs) = (block.clone(), logs.clone());
            std::thread::spawn(move || serve(stream, &block, &logs));
        }
    });
    address
}

fn serve(stream: TcpStream, block: &str, logs: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim().to_lowercase();
            if let Some(told) = line.strip_prefix("content-length: ") {
                length = told.parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let asked = String::from_utf8_lossy(&body);
        let decimals = word(18);
        let result = match asked.as_ref() {
            asked if asked.contains("eth_chainId") => "\"0x38\"",
            asked if asked.contains("eth_call") => &decimals,
            asked if asked.contains("eth_getLogs") => logs,
            asked if asked.contains("eth_getBlockByNumber") => block,
            _ => "[]",
        };
        let answer = format!(r#"{{"id":0,"result":{result}}}"#);
        write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())?;
    }
}

/// The same two questions, and nothing done with the answers.
fn bare(stream: &mut BufReader<TcpStream>) -> std::io::Result<usize> {
    let mut read = 0;
    for method in ["eth_getBlockByNumber", "eth_getLogs"] {
        let request =
            format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n{method}", method.len());
        stream.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            if let Some(told) = line.strip_prefix("content-length: ") {
                length = told.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        read += body.len();
    }
    Ok(read)
}

fn blocks(criterion: &mut Criterion) {
    let address = server();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let token = Address::parse(Network::Bep20, ChainName::Main, TOKEN).expect("an address");
    let settings =
        EvmSettings { network: Network::Bep20, chain_id: 56, asset: Asset::Token(token) };
    let urls = [format!("http://{address}")];
    let chain = EvmAdapter::new(settings, &urls, Duration::from_secs(20)).expect("an adapter");
    let read = || runtime.block_on(chain.block_at(7)).expect("a block").expect("there");
    assert_eq!(read().transfers.len(), LOGS);
    criterion.bench_function("a block of 5,000 logs", |bencher| {
        bencher.iter(|| black_box(read()));
    });
    let mut stream = BufReader::new(TcpStream::connect(address).expect("a connection"));
    criterion.bench_function("the same bytes, bare", |bencher| {
        bencher.iter(|| black_box(bare(&mut stream).expect("bytes")));
    });
}

criterion_group!(benches, blocks);
criterion_main!(benches);
