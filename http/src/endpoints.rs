//! One file per endpoint: this folder is the list of what the server can do. The table of methods
//! and paths is in [`crate::table`].

pub mod assets;
pub mod balance_entries;
pub mod balances_show;
pub mod checkout_events;
pub mod checkout_page;
pub mod checkout_qr;
pub mod checkout_state;
pub mod deliveries_list;
pub mod delivery_redeliver;
pub mod docs_page;
pub mod events_list;
pub mod healthz;
pub mod invoice_cancel;
pub mod invoice_show;
pub mod invoices_list;
pub mod invoices_open;
pub mod metrics;
pub mod networks_list;
pub mod openapi_show;
pub mod rates_show;
pub mod readyz;
pub mod sandbox_mine;
pub mod sandbox_pay;
pub mod sandbox_reorganise;
pub mod webhook_rotate;
pub mod webhook_set;
pub mod webhook_show;
pub mod webhook_test;
pub mod withdrawal_cancel;
pub mod withdrawal_show;
pub mod withdrawals_list;
pub mod withdrawals_request;
