//! A recommendation: the answer, accuracy over seconds with the Pareto front, the networks of the final.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{answer_rows, percent, points, sentence};
use crate::evidence::AgainstDeepest;
use crate::format::number_of;
use crate::report;
use crate::study::recommend::{
    Finalist, RecommendOutcome, TrainedNetwork, price_sentence, set_in_words,
};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::remedy::in_names;
use crate::tui::screens::beside;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::front;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::{draw_header, number, row, words};

/// Columns of the table.
const TABLE: u16 = 78;

pub fn render(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    outcome: &RecommendOutcome,
    theme: Theme,
) {
    let rows = answer_rows(area.height);
    let finding = in_names(&outcome.finding);
    let mut rest = sentence(buffer, area, &finding, rows, theme.strong());
    take(&mut rest, u16::from(area.height >= 22));
    let table = outcome.networks().count() as u16 + 4;
    if rest.width >= TABLE + 44 {
        let (left, mut right) = beside(rest, rest.width - TABLE - 3);
        picture(buffer, left, app, outcome, theme);
        networks(buffer, take(&mut right, table), app, outcome, theme);
        take(&mut right, 1);
        rounds(buffer, right, outcome, theme);
    } else {
        let mut below = rest;
        let picture_rows = rest.height.saturating_sub(table).max(rest.height / 2);
        picture(buffer, take(&mut below, picture_rows), app, outcome, theme);
        networks(buffer, below, app, outcome, theme);
    }
}

fn picture(buffer: &mut Buffer, area: Rect, app: &App, outcome: &RecommendOutcome, theme: Theme) {
    let mut legend = Line::default();
    if outcome.recommended.is_some() {
        legend.push_span(Span::styled("◆", theme.cap()));
        legend.push_span(Span::styled(" recommended  ", theme.dim()));
    }
    legend.push_span(Span::styled("● front  ○ beaten", theme.dim()));
    let title = "accuracy on the hold-out, %, over training time of a seed";
    let below = heading(buffer, area, title, legend, false, theme);
    let marked = app.studies.inside.then(|| app.studies.place()[0]);
    let names = front::Names::Depths(marked);
    front::draw(buffer, below, outcome, names, app.charts.symbols, theme);
}

/// The table of the final, and what it cost.
fn networks(buffer: &mut Buffer, area: Rect, app: &App, outcome: &RecommendOutcome, theme: Theme) {
    let set = format!("95 % set {}", set_in_words(&outcome.set));
    let right = Line::styled(set, theme.cap());
    let mut below = heading(
        buffer,
        area,
        "the final, * on the front",
        right,
        false,
        theme,
    );
    let columns = [
        number("depth", 6),
        number("accuracy, %", 14),
        number("difference, points", 18),
        words("outcome", 13),
        number("saved, %", 13),
    ];
    draw_header(buffer, take(&mut below, 1), &columns, theme);
    let recommended = outcome.recommended.as_ref().map(|found| found.conv_depth);
    for (at, network) in outcome.networks().enumerate() {
        let place = take(&mut below, 1);
        let finalist = outcome.finalists.get(at);
        let cells = cells(outcome, network, finalist);
        let marked = app.studies.inside && app.studies.place()[0] == at;
        app.hits.add_line(place, App::click_inside, at, marked);
        let style = if recommended == Some(network.network.conv_depth) {
            theme.cap()
        } else {
            theme.line(marked)
        };
        let line = Line::from(vec![
            theme.mark(marked),
            Span::styled(row(&columns, &cells), style),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
    let text = format!(
        "{} of {} · margin {} · {}",
        number_of(outcome.schedule.seeds.len(), "seed", "seeds"),
        number_of(outcome.schedule.epochs, "epoch", "epochs"),
        outcome.margin.in_words(),
        price_sentence(outcome)
    );
    let place = take(&mut below, 1);
    let text = format::cut(&text, place.width as usize);
    buffer.set_string(place.x, place.y, text, theme.dim());
}

fn cells(
    outcome: &RecommendOutcome,
    network: &TrainedNetwork,
    finalist: Option<&Finalist>,
) -> [String; 5] {
    let against: Option<&AgainstDeepest> = finalist.map(|one| &one.against_deepest);
    let star = if outcome.is_on_front(network) {
        "*"
    } else {
        " "
    };
    [
        format!("{}{star}", network.network.conv_depth),
        percent(network.accuracy, 2),
        points(against.and_then(|it| it.difference)),
        match against {
            None => "the deepest".to_owned(),
            Some(against) if against.learned == Some(false) => "not learned".to_owned(),
            Some(against) => against.outcome.to_string(),
        },
        percent(finalist.and_then(|one| one.time_saved), 1),
    ]
}

/// The rounds of halving.
fn rounds(buffer: &mut Buffer, area: Rect, outcome: &RecommendOutcome, theme: Theme) {
    let columns = [
        number("depth", 5),
        number("accuracy, %", 11),
        number("difference", 10),
        words("", 8),
        words("named by", 34),
    ];
    let mut below = area;
    for (round, at) in outcome.rounds.iter().zip(1..) {
        if below.height < 4 {
            return;
        }
        let title = format!(
            "round {at}: {}, {}",
            number_of(round.epochs, "epoch", "epochs"),
            number_of(round.seeds.len(), "seed", "seeds")
        );
        below = heading(buffer, below, &title, Line::default(), false, theme);
        draw_header(buffer, take(&mut below, 1), &columns, theme);
        for [depth, by, accuracy, difference, kept] in
            report::recommend::round_table(outcome, round)
        {
            let place = take(&mut below, 1);
            let style = theme.line(kept == "kept");
            let text = row(&columns, &[depth, accuracy, difference, kept, by]);
            buffer.set_stringn(place.x + 2, place.y, text, place.width as usize - 2, style);
        }
        take(&mut below, 1);
    }
}
