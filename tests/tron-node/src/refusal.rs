//! Why a node does not take a transaction: its code and its sentence (`Wallet.broadcastTransaction`).

/// One way to be refused, in the node's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// SIGERROR: not signed, or not by whom it should be.
    Signature(String),
    /// It asks for what cannot be done.
    Validate(String),
    /// It could not be carried out.
    Execute(String),
    /// Neither bandwidth nor TRX for it.
    Bandwidth,
    /// It is known already.
    Duplicate,
    /// It refers to a block that is not on this chain.
    Tapos,
    /// It has too many bytes.
    TooBig,
    /// Its time is over, or too far ahead.
    Expired,
    /// The pool is full.
    Busy,
    /// The node has no peers.
    NoConnection,
    /// It has too few; "P2P broadcast failed." is said after it was taken.
    FewConnections(String),
    /// The chain has not become solid for too long.
    Unsolidified,
    /// Anything else.
    Other(String),
}

impl Refusal {
    /// `response_code`
    pub fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "SIGERROR",
            Self::Validate(_) => "CONTRACT_VALIDATE_ERROR",
            Self::Execute(_) => "CONTRACT_EXE_ERROR",
            Self::Bandwidth => "BANDWITH_ERROR",
            Self::Duplicate => "DUP_TRANSACTION_ERROR",
            Self::Tapos => "TAPOS_ERROR",
            Self::TooBig => "TOO_BIG_TRANSACTION_ERROR",
            Self::Expired => "TRANSACTION_EXPIRATION_ERROR",
            Self::Busy => "SERVER_BUSY",
            Self::NoConnection => "NO_CONNECTION",
            Self::FewConnections(_) => "NOT_ENOUGH_EFFECTIVE_CONNECTION",
            Self::Unsolidified => "BLOCK_UNSOLIDIFIED",
            Self::Other(_) => "OTHER_ERROR",
        }
    }

    /// `message`
    pub fn message(&self) -> String {
        match self {
            Self::Signature(why) => format!("Validate signature error: {why}"),
            Self::Validate(why) => format!("Contract validate error : {why}"),
            Self::Execute(why) => format!("Contract execute error : {why}"),
            Self::Bandwidth => "Account resource insufficient error.".to_owned(),
            Self::Duplicate => "Dup transaction.".to_owned(),
            Self::Tapos => "Tapos check error.".to_owned(),
            Self::TooBig => "Transaction size is too big.".to_owned(),
            Self::Expired => "Transaction expired".to_owned(),
            Self::Busy => "Server busy.".to_owned(),
            Self::NoConnection => "No connection.".to_owned(),
            Self::FewConnections(why) => why.clone(),
            Self::Unsolidified => "Block unsolidified.".to_owned(),
            Self::Other(why) => format!("Error: {why}"),
        }
    }
}
