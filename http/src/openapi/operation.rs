//! What an endpoint says of itself: its name, what it takes, what it answers, what it refuses.

use super::schema::Schema;

/// The chapter of the documentation that an endpoint stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// Asking for money.
    Invoices,
    /// What the merchant owns.
    Balances,
    /// Taking it out.
    Withdrawals,
    /// Networks and prices.
    Networks,
    /// What happened, in order.
    Events,
    /// Where events are sent.
    Webhook,
    /// The page a customer pays on.
    Checkout,
    /// For the operator's machines.
    Operation,
    /// Only where there is a sandbox.
    Sandbox,
    /// What pages load; nothing for merchants, and not in the document.
    Parts,
}

impl Tag {
    /// The chapters of the document, in its order.
    pub const ALL: [Tag; 9] = [
        Tag::Invoices,
        Tag::Balances,
        Tag::Withdrawals,
        Tag::Networks,
        Tag::Events,
        Tag::Webhook,
        Tag::Checkout,
        Tag::Operation,
        Tag::Sandbox,
    ];

    /// Its name, and what it is about.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Tag::Invoices => ("Invoices", "Ask a customer for money, and see how it comes in."),
            Tag::Balances => ("Balances", "What you own, per coin, and how it came about."),
            Tag::Withdrawals => ("Withdrawals", "Take your money to a wallet of your own."),
            Tag::Networks => ("Networks", "Which networks are taken, and at which price."),
            Tag::Events => ("Events", "Everything that happened, in order, to catch up with."),
            Tag::Webhook => ("Webhook", "Where we tell you of events as they happen."),
            Tag::Checkout => (
                "Checkout",
                "The page on which a customer pays, and its parts. The invoice's id is the \
                 permission to see it: no key is needed.",
            ),
            Tag::Operation => ("Operation", "For those who run the gateway."),
            Tag::Sandbox => (
                "Sandbox",
                "Levers of the simulated networks; they exist only in `cryptopayment sandbox`.",
            ),
            Tag::Parts => ("Parts", "What pages load."),
        }
    }
}

/// A parameter of the query or a header of the request.
pub struct Parameter {
    /// `query` or `header`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its shape.
    pub schema: Schema,
}

/// A body, of the request or of an answer.
pub struct Body {
    /// `application/json` before all.
    pub media_type: &'static str,
    /// Its shape.
    pub schema: Schema,
    /// What it looks like.
    pub example: &'static str,
}

/// An answer that does not refuse. (A page for people may come with a 404 too.)
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// When it comes, and what it says.
    pub about: &'static str,
    /// What it holds.
    pub body: Body,
    /// Headers beside those that every answer has: name and meaning.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// Where to go on from an answer.
pub struct Link {
    /// The other operation's id.
    pub operation: &'static str,
    /// Which of its parameters.
    pub parameter: &'static str,
    /// Where its value stands in the answer: `$response.body#/invoice/id`.
    pub value: &'static str,
}

/// An endpoint's documentation. Method, path, access and the checks that all endpoints share are
/// the table's and need not be said again.
pub struct Operation {
    /// What a generated client calls it: `createInvoice`.
    pub id: &'static str,
    /// Its chapter.
    pub tag: Tag,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else there is to know.
    pub about: &'static str,
    /// What stands for `{id}` in the path.
    pub path: Option<(Schema, &'static str)>,
    /// Query and headers, in documented order.
    pub parameters: Vec<Parameter>,
    /// Whether it takes an `Idempotency-Key`.
    pub idempotent: bool,
    /// The request's body.
    pub body: Option<Body>,
    /// Whether it may be left out.
    pub body_may_be_absent: bool,
    /// The answers that do not refuse.
    pub says: Vec<Said>,
    /// The codes of its own refusals; with its status, where a code comes with several.
    pub refuses: Vec<(&'static str, Option<u16>)>,
    /// Where to go on from the first answer.
    pub links: Vec<Link>,
}

/// JSON as the contract has it.
const JSON: &str = "application/json";

impl Operation {
    /// An operation that says nothing else yet.
    pub const fn new(id: &'static str, tag: Tag, summary: &'static str) -> Operation {
        Operation {
            id,
            tag,
            summary,
            about: "",
            path: None,
            parameters: Vec::new(),
            idempotent: false,
            body: None,
            body_may_be_absent: false,
            says: Vec::new(),
            refuses: Vec::new(),
            links: Vec::new(),
        }
    }

    /// What else there is to know: CommonMark.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Operation {
        self.about = about;
        self
    }

    /// What stands for the name in braces of the path.
    #[must_use]
    pub fn path(mut self, schema: Schema, about: &'static str) -> Operation {
        self.path = Some((schema, about));
        self
    }

    /// A parameter of the query. All are optional.
    #[must_use]
    pub fn query(mut self, name: &'static str, about: &'static str, schema: Schema) -> Operation {
        self.parameters.push(Parameter { place: "query", name, about, schema });
        self
    }

    /// A header of the request. All are optional.
    #[must_use]
    pub fn header(mut self, name: &'static str, about: &'static str, schema: Schema) -> Operation {
        self.parameters.push(Parameter { place: "header", name, about, schema });
        self
    }

    /// It takes an `Idempotency-Key`, and answers the same key with the same answer.
    #[must_use]
    pub const fn idempotent(mut self) -> Operation {
        self.idempotent = true;
        self
    }

    /// The request's body, as JSON.
    #[must_use]
    pub fn body(mut self, schema: Schema, example: &'static str) -> Operation {
        self.body = Some(Body { media_type: JSON, schema, example });
        self
    }

    /// The body may be left out.
    #[must_use]
    pub const fn body_may_be_absent(mut self) -> Operation {
        self.body_may_be_absent = true;
        self
    }

    /// An answer, as JSON.
    #[must_use]
    pub fn says(
        self,
        status: u16,
        about: &'static str,
        schema: Schema,
        example: &'static str,
    ) -> Operation {
        self.says_as(status, about, Body { media_type: JSON, schema, example })
    }

    /// An answer of another kind.
    #[must_use]
    pub fn says_as(mut self, status: u16, about: &'static str, body: Body) -> Operation {
        self.says.push(Said { status, about, body, headers: Vec::new() });
        self
    }

    /// A header that the answer said last carries.
    #[must_use]
    pub fn carrying(mut self, name: &'static str, about: &'static str) -> Operation {
        if let Some(said) = self.says.last_mut() {
            said.headers.push((name, about));
        }
        self
    }

    /// The codes of its own refusals, in the order in which they are checked.
    #[must_use]
    pub fn refuses(mut self, codes: &[&'static str]) -> Operation {
        self.refuses.extend(codes.iter().map(|code| (*code, None)));
        self
    }

    /// A code of its own that comes with this status here, and with another elsewhere.
    #[must_use]
    pub fn refuses_with(mut self, status: u16, code: &'static str) -> Operation {
        self.refuses.push((code, Some(status)));
        self
    }

    /// Where to go on from the first answer: the parameter of that operation which a value of the
    /// answer (`$response.body#/invoice/id`) is for.
    #[must_use]
    pub fn leads_to(
        mut self,
        operation: &'static str,
        parameter: &'static str,
        value: &'static str,
    ) -> Operation {
        self.links.push(Link { operation, parameter, value });
        self
    }
}
