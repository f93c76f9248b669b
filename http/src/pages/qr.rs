//! The code that a wallet's camera reads.

use crate::error::Failure;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// An SVG of `text`, black on white in dark mode too: many cameras read nothing else.
///
/// # Errors
/// 500, when the text is longer than a code can hold; payment URIs are far shorter.
pub fn svg(text: &str) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|error| {
        Failure::internal(format!("no QR code of {} bytes: {error}", text.len()))
    })?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(232, 232).build();
    // Inside a page the XML declaration would be text.
    Ok(image.split_once("?>").map_or(image.clone(), |(_, svg)| svg.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_uri_becomes_an_svg_without_styles() {
        let uri = "bitcoin:bcrt1q6rz28mcfaxtmd6v789l9rrlrusdprr9pz3cppk?amount=0.00123456";
        let image = svg(uri).unwrap();
        assert!(image.starts_with("<svg xmlns=") && image.ends_with("</svg>"), "{image:.80}");
        assert!(!image.contains("style"), "a strict page would not show it");
        assert_ne!(image, svg("bitcoin:x").unwrap());
    }

    #[test]
    fn what_no_code_can_hold_is_an_error_of_ours() {
        assert_eq!(svg(&"x".repeat(5000)).unwrap_err().status.as_u16(), 500);
    }
}
