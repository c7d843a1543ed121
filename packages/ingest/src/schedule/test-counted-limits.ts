import { HostLimits } from './host-limits.ts';

/** Host limits that count the requests under way. */
export class CountedLimits extends HostLimits {
  inFlight = 0;

  override run<T>(...[name, request, options]: Parameters<HostLimits['run']>): Promise<T> {
    const counted = async () => {
      this.inFlight++;
      return await request().finally(() => this.inFlight--);
    };
    return super.run(name, counted as () => Promise<T>, options);
  }
}
