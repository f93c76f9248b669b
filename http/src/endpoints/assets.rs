//! `GET /assets/…`: the files that pages load.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::pages::shell::{ICON, SCRIPT, STYLE};

/// `checkout.css`.
pub async fn style(_call: Call) -> Result<Answer, Failure> {
    Ok(STYLE.answer())
}

/// `checkout.js`.
pub async fn script(_call: Call) -> Result<Answer, Failure> {
    Ok(SCRIPT.answer())
}

/// `icon.svg`.
pub async fn icon(_call: Call) -> Result<Answer, Failure> {
    Ok(ICON.answer())
}
