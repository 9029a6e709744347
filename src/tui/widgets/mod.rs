//! Parts that several screens draw.

pub mod areas;
pub mod axes;
pub mod blocks;
pub mod curves;
pub mod dialogs;
pub mod dots;
pub mod front;
pub mod gauge;
pub mod heading;
pub mod heat_map;
pub mod histogram;
pub mod image;
pub mod line_chart;
pub mod networks;
pub mod plot;
pub mod readings;
pub mod spread;
pub mod stages;
pub mod table;
