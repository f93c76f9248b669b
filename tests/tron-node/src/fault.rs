//! The ways a node, or what stands before it, goes wrong.

use crate::api::Answer;
use serde_json::Value;
use std::time::Duration;

/// What a node that keeps no history answers, as plain text, where it has none.
const LITE: &str = "this API is closed because this node is a lite fullnode";
const HISTORY: [&str; 7] = [
    "getblockbyid",
    "getblockbynum",
    "getblockbylimitnext",
    "getblockbylatestnum",
    "gettransactionbyid",
    "gettransactioninfobyid",
    "gettransactioninfobyblocknum",
];

/// How requests are treated.
#[derive(Clone, Debug, PartialEq)]
pub enum Manner {
    /// This status and a web page, as hosted nodes answer (403, 429, 503).
    Status(u16),
    /// 200 and the node's own words for too many requests.
    RateLimited,
    /// A lite node: plain text instead of anything old.
    Lite,
    /// 404: this API is off.
    Disabled,
    /// 200 and this body.
    Says(String),
    /// `[]`.
    EmptyList,
    /// `{}`.
    EmptyObject,
    /// The answer, without its last half.
    CutShort,
    /// A list, without its last item.
    WithoutLastInfo,
    /// What belongs to the block of this number.
    OfBlock(u64),
    /// The node is so many blocks behind.
    Behind(u64),
    /// Every other answer is so many blocks behind, as several nodes behind one name are.
    Wavering(u64),
    /// The answer comes later.
    Slow(Duration),
    /// No answer, ever.
    Hang,
    /// The connection is reset; nothing is done.
    Reset,
    /// What was asked is done, and the connection is reset.
    LostReply,
}

/// A manner, where it shows, and for how long.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Part of the path; empty: all of them.
    pub on: String,
    /// What happens.
    pub manner: Manner,
    /// How often; `None`: until [`crate::TronNode::mend`].
    pub times: Option<u32>,
}

impl Fault {
    /// Until it is mended.
    #[must_use]
    pub fn on(path: &str, manner: Manner) -> Self {
        Self { on: path.to_owned(), manner, times: None }
    }

    /// One request only.
    #[must_use]
    pub fn once(path: &str, manner: Manner) -> Self {
        Self { times: Some(1), ..Self::on(path, manner) }
    }
}

impl Manner {
    /// What is answered without looking at the chain at all.
    pub(crate) fn instead(&self, name: &str) -> Option<Answer> {
        match self {
            Self::Status(status) => {
                let page = format!("<html><body><h1>{status}</h1></body></html>");
                Some(Answer::page(*status, &page))
            }
            Self::RateLimited => Some(Answer::error(
                "java.lang.IllegalAccessException",
                "lack of computing resources",
            )),
            Self::Lite => HISTORY.contains(&name).then(|| Answer::text(LITE)),
            Self::Disabled => {
                let body = r#"{"Error":"this API is unavailable due to config"}"#.to_owned();
                Some(Answer { status: 404, content_type: "application/json", body })
            }
            Self::Says(body) => {
                Some(Answer { status: 200, content_type: "application/json", body: body.clone() })
            }
            Self::EmptyList => Some(Answer::json(&Value::Array(Vec::new()))),
            Self::EmptyObject => Some(Answer::none()),
            Self::CutShort
            | Self::WithoutLastInfo
            | Self::OfBlock(_)
            | Self::Behind(_)
            | Self::Wavering(_)
            | Self::Slow(_)
            | Self::Hang
            | Self::Reset
            | Self::LostReply => None,
        }
    }

    /// The chain's answer, bent.
    pub(crate) fn bend(&self, mut answer: Answer) -> Answer {
        if *self == Self::CutShort {
            answer.body.truncate(answer.body.len() / 2);
        }
        if *self == Self::WithoutLastInfo
            && let Ok(Value::Array(mut items)) = serde_json::from_str(&answer.body)
        {
            items.pop();
            answer.body = Value::Array(items).to_string();
        }
        answer
    }
}
