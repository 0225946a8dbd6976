/** Payloads of the study amazon's sources, derived from its contracts by `npm run derive`. */

/** One row per category. */
export type CategoriesPayload = {
  /** Category in the shop's own language. */
  readonly category: string;
  /** The same in English. */
  readonly category_english: string;
};

/** One record per action of a visitor. */
export type ClickstreamPayload = {
  /** Visit. */
  readonly session_id: string;
  /** Customer, when signed in. */
  readonly customer_id?: string | null;
  /** What the visitor did. */
  readonly action: 'view' | 'search' | 'add_to_cart' | 'checkout' | 'purchase';
  /** Product that the action is about. */
  readonly product_id?: string | null;
  /** Kind of device. */
  readonly device?: 'desktop' | 'mobile' | 'tablet' | null;
  /** When the visitor did it, UTC. */
  readonly happened_at: string;
};

/** One row per version of a customer. */
export type CustomersPayload = {
  /** Customer number, as orders name it. */
  readonly customer_id: string;
  /** The person behind it, where one person has several customer numbers. */
  readonly person_id?: string | null;
  /** Name. */
  readonly name?: string | null;
  /** Commercial segment; absent where the shop keeps none. */
  readonly segment?: string | null;
  /** First digits of the postal code. */
  readonly zip_prefix?: string | null;
  /** City. */
  readonly city?: string | null;
  /** State or region. */
  readonly state?: string | null;
  /** Since when the row holds, UTC; absent means since its delivery, and for the first row delivered since ever. */
  readonly updated_at?: string | null;
};

/** One record per count of a product in a warehouse. */
export type InventoryPayload = {
  /** Product counted. */
  readonly product_id: string;
  /** Warehouse. */
  readonly warehouse_id: string;
  /** Units on the shelf. */
  readonly on_hand: number;
  /** Units at which the product is ordered again. */
  readonly reorder_point?: number | null;
  /** When the stock was counted, UTC. */
  readonly counted_at: string;
};

/** One record per order line. */
export type OrderItemsPayload = {
  /** Order that the line belongs to. */
  readonly order_id: string;
  /** Position of the line in its order, from 1. */
  readonly line_number: number;
  /** Product sold. */
  readonly product_id: string;
  /** Marketplace seller; absent when the shop itself sells. */
  readonly seller_id?: string | null;
  /** Units on the line. */
  readonly quantity: number;
  /** Price of one unit, in the currency of the shop. */
  readonly unit_price: number;
  /** Freight charged for the line; absent means none. */
  readonly freight?: number | null;
  /** When the seller must have handed the parcel over, UTC. */
  readonly shipping_limit_at?: string | null;
};

/** One record per change of an order. */
export type OrdersPayload = {
  /** Order number. */
  readonly order_id: string;
  /** Customer who ordered. */
  readonly customer_id: string;
  /** Where the order stands. */
  readonly status: 'created' | 'approved' | 'invoiced' | 'processing' | 'shipped' | 'delivered' | 'canceled' | 'unavailable';
  /** When the customer placed the order, UTC. */
  readonly purchased_at: string;
  /** When the payment was approved, UTC. */
  readonly approved_at?: string | null;
  /** When the parcel was handed to the carrier, UTC. */
  readonly carrier_at?: string | null;
  /** When the parcel reached the customer, UTC. */
  readonly delivered_at?: string | null;
  /** Delivery date promised at purchase, UTC. */
  readonly estimated_at?: string | null;
};

/** One record per payment of an order. */
export type PaymentsPayload = {
  /** Order that is paid. */
  readonly order_id: string;
  /** Position of the payment in its order, from 1. */
  readonly payment_number: number;
  /** Means of payment. */
  readonly method: 'credit_card' | 'debit_card' | 'boleto' | 'voucher' | 'gift_card' | 'not_defined';
  /** Number of instalments. */
  readonly installments?: number | null;
  /** Amount paid, in the currency of the shop. */
  readonly amount: number;
};

/** One row per version of a product. */
export type ProductsPayload = {
  /** Product number. */
  readonly product_id: string;
  /** Name. */
  readonly name?: string | null;
  /** Category in the shop's own language. */
  readonly category?: string | null;
  /** Characters in the name. */
  readonly name_length?: number | null;
  /** Characters in the description. */
  readonly description_length?: number | null;
  /** Number of photographs. */
  readonly photos?: number | null;
  /** Weight in grams. */
  readonly weight_g?: number | null;
  /** Length in centimetres. */
  readonly length_cm?: number | null;
  /** Height in centimetres. */
  readonly height_cm?: number | null;
  /** Width in centimetres. */
  readonly width_cm?: number | null;
  /** Since when the row holds, UTC; absent means since its delivery. */
  readonly updated_at?: string | null;
};

/** One record per review of an order. */
export type ReviewsPayload = {
  /** Review number; one review may speak of several orders. */
  readonly review_id: string;
  /** Order that is reviewed. */
  readonly order_id: string;
  /** From 1 (worst) to 5 (best). */
  readonly score: number;
  /** Title, as written. */
  readonly title?: string | null;
  /** Text, as written, line breaks included. */
  readonly comment?: string | null;
  /** When the customer was asked, UTC. */
  readonly created_at: string;
  /** When the customer answered, UTC. */
  readonly answered_at?: string | null;
};

/** One row per version of a seller. */
export type SellersPayload = {
  /** Seller number. */
  readonly seller_id: string;
  /** First digits of the postal code. */
  readonly zip_prefix?: string | null;
  /** City. */
  readonly city?: string | null;
  /** State or region. */
  readonly state?: string | null;
  /** Since when the row holds, UTC; absent means since its delivery. */
  readonly updated_at?: string | null;
};

/** One record per step of a parcel. */
export type ShipmentsPayload = {
  /** Parcel number. */
  readonly shipment_id: string;
  /** Order that the parcel belongs to. */
  readonly order_id: string;
  /** Carrier that moves the parcel. */
  readonly carrier: string;
  /** What happened. */
  readonly step: 'handed_over' | 'in_transit' | 'delivered' | 'returned';
  /** When it happened, UTC. */
  readonly happened_at: string;
};

/** Source → payload. */
export type Payloads = {
  readonly categories: CategoriesPayload;
  readonly clickstream: ClickstreamPayload;
  readonly customers: CustomersPayload;
  readonly inventory: InventoryPayload;
  readonly order_items: OrderItemsPayload;
  readonly orders: OrdersPayload;
  readonly payments: PaymentsPayload;
  readonly products: ProductsPayload;
  readonly reviews: ReviewsPayload;
  readonly sellers: SellersPayload;
  readonly shipments: ShipmentsPayload;
};
