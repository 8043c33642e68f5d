//! Faults in lengths of time, and where they are taken from.

use super::Fault;
use super::shapes::Shape::{Ads, Feed, Rankings, Ratings, Services, Shop};

pub(super) const FAULTS: &[Fault] = &[
    Fault::of(
        "a bucket of an hour from `defaults` under numbers of days",
        Shop,
        &[("bucket: 1d", "bucket: 1h")],
        &["other-unit"],
        &["7, 14", "1h"],
    )
    .at("periods: [7, 14]"),
    Fault::of(
        "a bucket from `defaults` where siblings say another",
        Services,
        &[
            ("windows: [14d], bucket: 1d}", "windows: [7, 14]}"),
            (
                "top_k, value: route, k: 3, windows: [7, 14]}",
                "top_k, value: route, k: 3, windows: [7, 14], bucket: 1d}",
            ),
        ],
        &["other-unit"],
        &["routes", "1d"],
    )
    .at("value: caller"),
    Fault::of(
        "a ttl of hours from `defaults` under windows of days",
        Ads,
        &[("ttl: 60d", "ttl: 60h")],
        &["window-outlives-ttl"],
        &["2d12h"],
    )
    .at(""),
    Fault::of(
        "a refresh of days from `defaults` under buckets of a day",
        Shop,
        &[("bucket: 1d, ttl: 90d", "bucket: 1d, ttl: 90d, refresh: 10d")],
        &["rare-refresh"],
        &["10d"],
    )
    .at(""),
    Fault::of(
        "a ttl of hours from `defaults` under half-lives of days",
        Feed,
        &[("ttl: 120d", "ttl: 120h")],
        &["ttl-forgets"],
        &["halves in"],
    )
    .at(""),
    Fault::of(
        "a window of minutes where a key has an event in hours",
        Shop,
        &[(
            "interaction: $click, periods: [7, 14]",
            "interaction: $click, bucket: 1m, periods: [7, 14]",
        )],
        &["short-window"],
        &["14m"],
    ),
    Fault::of(
        "a half-life of minutes where a key has an event in hours",
        Ratings,
        &[("device: phone}, half_life: 10d", "device: phone}, half_life: 10m")],
        &["short-window"],
        &["half-life", "10m"],
    ),
    Fault::of(
        "a window of most of the log",
        Ads,
        &[("value: cost, windows: [7d]", "value: cost, windows: [50d]")],
        &["long-window"],
        &["50d"],
    ),
    Fault::of(
        "a half-life of half of the log",
        Services,
        &[("half_life: [3d, 10d]", "half_life: [3d, 30d], ttl: 400d")],
        &["long-window"],
        &["30d"],
    ),
    Fault::of(
        "sides of a ratio that fade at speeds far apart",
        Services,
        &[("interaction: alert, half_life: 10d", "interaction: alert, half_life: 10m")],
        &["half-lives-apart"],
        &["10m", "10d"],
    )
    .at("top: alerts, bottom: calls"),
    Fault::of(
        "a ttl shorter than a window",
        Rankings,
        &[(
            "interaction: click, bucket: 24h, periods: [7, 14]",
            "interaction: click, bucket: 24h, periods: [7, 14], ttl: 10d",
        )],
        &["window-outlives-ttl"],
        &["10d"],
    ),
    Fault::of(
        "a ttl shorter than what a half-life remembers",
        Ratings,
        &[("device: phone}, half_life: 10d", "device: phone}, half_life: 10d, ttl: 12d")],
        &["ttl-forgets"],
        &["12d", "44 %"],
    ),
    Fault::of(
        "a refresh longer than a bucket",
        Ads,
        &[(
            "value: cost, windows: [7d], bucket: 1h",
            "value: cost, windows: [7d], bucket: 1h, refresh: 6h",
        )],
        &["rare-refresh"],
        &["6h", "bucket"],
    ),
    Fault::of(
        "a refresh longer than a window",
        Rankings,
        &[(
            "interaction: click, bucket: 24h, periods: [7, 14]",
            "interaction: click, bucket: 24h, periods: [7, 14], refresh: 8d",
        )],
        &["rare-refresh"],
        &["8d", "window"],
    ),
    Fault::of(
        "a refresh longer than a ttl",
        Shop,
        &[(
            "scope: $item, interaction: $buy",
            "scope: $item, interaction: $buy, ttl: 20d, refresh: 30d",
        )],
        &["refresh-outlives-ttl"],
        &["30d"],
    ),
    Fault::of(
        "served values far from live ones",
        Shop,
        &[(
            "interaction: $click, half_life: 5d",
            "interaction: $click, half_life: 5d, refresh: 1h",
        )],
        &["served-differs"],
        &["interest", "keys"],
    ),
    Fault::of(
        "served counts that are days old",
        Ads,
        &[
            ("bucket: 1h}", "bucket: 1h, refresh: 1h}"),
            (
                "interaction: $view, aggregate: distinct",
                "interaction: $view, refresh: 10d, aggregate: distinct",
            ),
        ],
        &["served-differs"],
        &["reach", "keys"],
    )
    .at("refresh: 10d"),
];
