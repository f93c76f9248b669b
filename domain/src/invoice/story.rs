//! Stories: the rules of invoices as an accountant reads them, told to the real code.
//!
//! The stories stand in `story/*.txt`, one situation under each `[heading]`. A line is something
//! that happens, with the time in front where it moves on; a line that begins with `=>` is all
//! that the invoice then shows, and all that was told and booked since the last such line.
//! Whatever happens, in stories and in [`chaos`] alike, every decision is held against [`laws`].
//!
//! Every invoice of a story asks for 100 coins (unless the story begins with `asks for`), and its
//! merchant wants the seed's two events (unless it begins with `wants everything`), with a
//! tolerance of 0.5 %, dust 0.05, half an hour to live, and 3 confirmations to be deep. Amounts are coins, `99.50-1u` is one base unit less.
//! A story is played on all five networks; with `seen` in it on those that have a mempool, with
//! `solid` on TRON.

mod chaos;
mod laws;
mod script;
pub(crate) mod stage;

use crate::network::Network;
use script::Story;

fn play(text: &str) {
    let stories = Story::read(text);
    let mut wrong = Vec::new();
    for story in &stories {
        for network in Network::ALL.into_iter().filter(|network| story.suits(*network)) {
            wrong.extend(story.play(network));
        }
    }
    assert!(!stories.is_empty(), "there is nothing to tell");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_row_of_the_status_table_holds() {
    play(include_str!("story/status_table.txt"));
}

#[test]
fn amounts_count_to_the_last_unit() {
    play(include_str!("story/amounts.txt"));
}

#[test]
fn times_count_to_the_millisecond() {
    play(include_str!("story/times.txt"));
}

#[test]
fn reorganisations_are_ordinary_events() {
    play(include_str!("story/reorganisations.txt"));
}

#[test]
fn human_hands_end_invoices_but_lose_no_money() {
    play(include_str!("story/hands.txt"));
}

#[test]
fn merchants_are_told_what_they_have_chosen_and_of_each_payment_once() {
    play(include_str!("story/events.txt"));
}
