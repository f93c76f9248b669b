//! The site as strangers meet it: real actors on simulated chains, real sockets, bytes by hand.

mod checkout;
mod connections;
mod document;
mod every_endpoint;
mod invoices;
mod precedence;
mod rates;
mod running;
mod webhook;
mod withdrawals;
