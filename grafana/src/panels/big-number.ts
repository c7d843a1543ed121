import {
  BigValueGraphMode,
  PercentChangeColorMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { Options } from '@grafana/grafana-foundation-sdk/stat';

type Chosen = Pick<Options, 'colorMode' | 'justifyMode' | 'textMode' | 'wideLayout' | 'text'> & {
  /** Which columns; empty: the numeric ones. */
  fields: string;
};

/** How a panel shows numbers, large: no line of their past behind them, no change in percent beside them. */
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
