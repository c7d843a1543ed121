import {
  BigValueGraphMode,
  PercentChangeColorMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { Options } from '@grafana/grafana-foundation-sdk/stat';

type Chosen = Pick<Options, 'colorMode' | 'justifyMode' | 'textMode' | 'wideLayout' | 'text'> & {
  /** Which columns to show; empty for all numeric ones. */
  fields: string;
};

/** Options of a panel with large numbers, without a sparkline behind them or a percent change beside them. */
export function bigNumber({ fields, colorMode, justifyMode, textMode, ...more }: Chosen): Options {
  return {
    reduceOptions: { values: false, calcs: ['lastNotNull'], fields },
    colorMode,
    graphMode: BigValueGraphMode.None,
    justifyMode,
    textMode,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    showPercentChange: false,
    ...more,
  };
}
