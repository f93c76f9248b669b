//! A child process that never outlives its test: killed when dropped, and by the kernel when the
//! test itself is killed.

use crate::failure::{Failure, Told};
use crate::wait::{self, Look};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// How much of a log a failing test shows.
const LOG_TAIL_LINES: usize = 40;

/// A running child with its output in a file.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// `program` as a command that dies with the calling *thread* (`PR_SET_PDEATHSIG`, set by
/// util-linux' `setpriv`, which every Debian has). Tests run on one thread each, so that is the
/// test's life; never spawn from a blocking pool, whose threads end when idle.
#[must_use]
pub fn tied_to_this_test(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

impl Process {
    /// Starts `command` (see [`tied_to_this_test`]); both outputs are appended to `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Told<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .map_err(|error| Failure::new(format!("{name} could not be started: {error}")))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Told<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// A failure with the end of the log if it is no longer running.
    pub fn must_run(&mut self) -> Told<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => {
                let log = self.log_tail();
                Err(Failure::new(format!("{} ended with {status}; its log:\n{log}", self.name)))
            }
        }
    }

    /// SIGKILL: it gets no chance to finish anything.
    pub fn kill(&mut self) {
        // An error here means that it has already ended, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the signal called `signal` (`TERM`, `STOP`, `CONT`).
    pub fn signal(&self, signal: &str) -> Told<()> {
        send_signal(self.id(), signal)
    }

    /// SIGTERM, and then its end.
    pub async fn stop(&mut self) -> Told<ExitStatus> {
        self.signal("TERM")?;
        let what = format!("{} stops when asked to", self.name);
        wait::until(&what, async || {
            Ok(match self.ended()? {
                Some(status) => Look::There(status),
                None => Look::NotYet("it runs".to_owned()),
            })
        })
        .await
    }

    /// Everything it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines it has written.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the end of {}'s log\n{}", self.name, self.log_tail());
        }
    }
}

/// Sends the signal called `signal` to a process that was started here and not yet reaped.
pub fn send_signal(process: u32, signal: &str) -> Told<()> {
    let command = format!("kill -{signal} {process}");
    let status = Command::new("sh").args(["-c", &command]).status()?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{command}: {status}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path) -> Told<Process> {
        let mut command = tied_to_this_test(Path::new("sleep"));
        command.arg("1000");
        Process::start("sleeper", command, &folder.join("log"))
    }

    fn is_running(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_child_ends_when_it_is_let_go() -> Told<()> {
        let folder = tempfile::tempdir()?;
        let child = sleeper(folder.path())?;
        let pid = child.child.id();
        drop(child);
        assert!(!is_running(pid));
        Ok(())
    }

    #[tokio::test]
    async fn a_child_ends_even_when_nobody_lets_it_go() -> Told<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().to_owned();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let forgetful = std::thread::spawn(move || {
            let pid = sleeper(&path).map(|child| std::mem::ManuallyDrop::new(child).child.id());
            let _ = tell.send(pid);
            let _ = ended.recv();
        });
        let pid = told.recv()??;
        let comm = format!("/proc/{pid}/comm");
        wait::until("the child has become what it should", async || {
            let name = std::fs::read_to_string(&comm)?;
            Ok(Look::when(name.trim() == "sleep", (), || name))
        })
        .await?;
        drop(end);
        forgetful.join().map_err(|_| Failure::new("the thread panicked"))?;
        wait::until("the forgotten child ends", async || {
            Ok(Look::when(!is_running(pid), (), || format!("{pid} runs")))
        })
        .await
    }
}
