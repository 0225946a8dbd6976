/** Payloads of the study nyse's sources, derived from its contracts by `npm run derive`. */

/** One record per correction of a trade. */
export type CorrectionsPayload = {
  /** Symbol in lower case. */
  readonly symbol: string;
  /** Day of the trade. */
  readonly trade_date: string;
  /** Venue of the trade. */
  readonly exchange: string;
  /** The sequence number of the trade. */
  readonly sequence: number;
  /** What becomes of the trade. */
  readonly kind: 'correct' | 'cancel';
  /** Milliseconds since midnight in New York when it was corrected. */
  readonly corrected_at_ms: number;
  /** The right price, times 10,000; absent for a cancellation. */
  readonly price_e4?: number | null;
  /** The right number of shares; absent for a cancellation. */
  readonly size?: number | null;
};

/** One record per change of an order. */
export type OrdersPayload = {
  /** Number of the order. */
  readonly order_id: string;
  /** Symbol in lower case. */
  readonly symbol: string;
  /** Which side of the book. */
  readonly side: 'buy' | 'sell';
  /** Worst price that the order takes, USD. */
  readonly limit_price: number;
  /** Shares ordered. */
  readonly quantity: number;
  /** Shares that are not filled yet. */
  readonly remaining: number;
  /** When, UTC. */
  readonly changed_at: string;
};

/** One record per quote of a venue. */
export type QuotesPayload = {
  /** Symbol in lower case, as the files have it in their path. */
  readonly symbol: string;
  /** Day of trading in New York. */
  readonly trade_date: string;
  /** Milliseconds since midnight in New York. */
  readonly time_ms: number;
  /** Bid in USD, times 10,000; zero when the row does not carry it. */
  readonly bid_e4: number;
  /** Shares bid for. */
  readonly bid_size: number;
  /** Offer in USD, times 10,000; zero when the row does not carry it. */
  readonly ask_e4: number;
  /** Shares offered. */
  readonly ask_size: number;
  /** Venue, by its code in Daily TAQ. */
  readonly exchange: string;
  /** Quote conditions as a hexadecimal mask. */
  readonly quote_condition: string;
  /** Whether the vendor doubts the tick. */
  readonly suspicious: boolean;
  /** Number that the tape gave the message of this symbol on that day; the files have none. */
  readonly sequence?: number | null;
};

/** One row per day of trading. */
export type SessionsPayload = {
  /** Day of trading in New York. */
  readonly trade_date: string;
  /** Opening auction, milliseconds since midnight in New York. */
  readonly open_ms: number;
  /** Closing auction, milliseconds since midnight in New York. */
  readonly close_ms: number;
};

/** One row per version of a symbol. */
export type SymbolsPayload = {
  /** Symbol in upper case. */
  readonly symbol: string;
  /** Name of the security. */
  readonly security: string;
  /** GICS sector. */
  readonly sector?: string | null;
  /** GICS sub-industry. */
  readonly industry?: string | null;
  /** Where the company is. */
  readonly headquarters?: string | null;
  /** Since when the row holds; absent means since ever for the first row, and since its delivery for others. */
  readonly valid_from?: string | null;
};

/** One record per reported trade. */
export type TradesPayload = {
  /** Symbol in lower case, as the files have it in their path. */
  readonly symbol: string;
  /** Day of trading in New York. */
  readonly trade_date: string;
  /** Milliseconds since midnight in New York. */
  readonly time_ms: number;
  /** Price in USD, times 10,000. */
  readonly price_e4: number;
  /** Shares. */
  readonly size: number;
  /** Venue, by its code in Daily TAQ. */
  readonly exchange: string;
  /** Sale conditions as a hexadecimal mask; gold.dim_sale_condition names the bits. */
  readonly sale_condition: string;
  /** Whether the vendor doubts the tick. */
  readonly suspicious: boolean;
  /** Number that the tape gave the message of this symbol on that day; the files have none. */
  readonly sequence?: number | null;
};

/** Source → payload. */
export type Payloads = {
  readonly corrections: CorrectionsPayload;
  readonly orders: OrdersPayload;
  readonly quotes: QuotesPayload;
  readonly sessions: SessionsPayload;
  readonly symbols: SymbolsPayload;
  readonly trades: TradesPayload;
};
