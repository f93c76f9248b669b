//! A merchant's web server: PHP's own, serving one script.

use cryptopayment_test_support::Told;
use cryptopayment_test_support::process::{Process, tied_to_this_test};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::{Response, exchange, request};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use tempfile::TempDir;

/// The server; ended when dropped.
pub struct PhpServer {
    address: SocketAddr,
    folder: TempDir,
    _process: Process,
}

impl PhpServer {
    /// Serves `script` at every path.
    pub async fn start(php: &Path, script: &str) -> Told<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("script.php");
        std::fs::write(&file, script)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = tied_to_this_test(php);
        command.arg("-S").arg(address.to_string()).arg(&file).current_dir(folder.path());
        let mut process = Process::start("php", command, &folder.path().join("php.log"))?;
        wait::until("PHP's web server listens", async || {
            process.must_run()?;
            tokio::net::TcpStream::connect(address).await?;
            Ok(Look::There(()))
        })
        .await?;
        Ok(Self { address, folder, _process: process })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a webhook URL.
    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    /// One request, as a customer's browser or a stranger would make it.
    pub async fn ask(&self, method: &str, body: &[u8]) -> Told<Response> {
        let headers = [("Content-Type", "application/json"), ("Connection", "close")];
        exchange(self.address, &request(method, "/webhook", &headers, body)).await
    }

    /// The lines the script has written to its file `name` so far.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}
