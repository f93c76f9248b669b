//! Standard output: what a command was asked for, and nothing else.

/// As `println!`, but to a reader who has gone (`… | head`) nothing more is said: a command that is
/// cut short at its output has done its work all the same.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
