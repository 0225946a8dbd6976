/** Types of the study amazon, derived from its contracts. */

/** One row per category. */
export interface CategoriesPayload {
  /** Category in the shop's own language. */
  readonly category: string;
  /** The same in English. */
  readonly category_english: string;
}

/** One record per action of a visitor. */
export interface ClickstreamPayload {
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
}

/** One row per version of a customer. */
export interface CustomersPayload {
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
}

/** One record per count of a product in a warehouse. */
export interface InventoryPayload {
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
}

/** One record per order line. */
export interface OrderItemsPayload {
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
}

/** One record per change of an order. */
export interface OrdersPayload {
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
}

/** One record per payment of an order. */
export interface PaymentsPayload {
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
}

/** One row per version of a product. */
export interface ProductsPayload {
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
}

/** One record per review of an order. */
export interface ReviewsPayload {
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
}

/** One row per version of a seller. */
export interface SellersPayload {
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
}

/** One record per step of a parcel. */
export interface ShipmentsPayload {
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
}

/** One row per version of a category name. */
export interface SilverCategories {
  /** Category in the shop's own language. (string) */
  readonly category: string;
  /** The same in English. (string) */
  readonly category_english: string;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per action of a visitor. */
export interface SilverClickstream {
  /** Visit. (string) */
  readonly session_id: string;
  /** Customer, when signed in. (string) */
  readonly customer_id: string | null;
  /** What the visitor did. (string) */
  readonly action: string;
  /** Product that the action is about. (string) */
  readonly product_id: string | null;
  /** Kind of device. (string) */
  readonly device: string | null;
  /** When the visitor did it, UTC. (timestamp) */
  readonly happened_at: string;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per version of a customer. */
export interface SilverCustomers {
  /** Customer number, as orders name it. (string) */
  readonly customer_id: string;
  /** The person behind it. (string) */
  readonly person_id: string | null;
  /** Name. (string) */
  readonly name: string | null;
  /** Commercial segment. (string) */
  readonly segment: string | null;
  /** First digits of the postal code. (string) */
  readonly zip_prefix: string | null;
  /** City. (string) */
  readonly city: string | null;
  /** State or region. (string) */
  readonly state: string | null;
  /** Since when the row holds, UTC. (timestamp) */
  readonly updated_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per day, 2016 to 2030. */
export interface GoldDimDate {
  /** Day as yyyymmdd. (int) */
  readonly date_key: number;
  /** Day. (date) */
  readonly date: string;
  /** Year. (int) */
  readonly year: number;
  /** Quarter, 1 to 4. (int) */
  readonly quarter: number;
  /** Month, 1 to 12. (int) */
  readonly month: number;
  /** Day of the month. (int) */
  readonly day: number;
  /** Day of the week, 1 is Monday. (int) */
  readonly day_of_week: number;
  /** First day of the month. (date) */
  readonly month_start: string;
  /** Saturday or Sunday. (boolean) */
  readonly is_weekend: boolean;
}

/** One row per count of a product in a warehouse. */
export interface SilverInventory {
  /** Product counted. (string) */
  readonly product_id: string;
  /** Warehouse. (string) */
  readonly warehouse_id: string;
  /** Units on the shelf. (bigint) */
  readonly on_hand: string;
  /** Units at which the product is ordered again. (bigint) */
  readonly reorder_point: string | null;
  /** When the stock was counted, UTC. (timestamp) */
  readonly counted_at: string;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per order line. */
export interface SilverOrderItems {
  /** Order that the line belongs to. (string) */
  readonly order_id: string;
  /** Position of the line in its order, from 1. (bigint) */
  readonly line_number: string;
  /** Product sold. (string) */
  readonly product_id: string;
  /** Marketplace seller; null when the shop itself sells. (string) */
  readonly seller_id: string | null;
  /** Units on the line. (bigint) */
  readonly quantity: string;
  /** Price of one unit. (decimal(18,2)) */
  readonly unit_price: string;
  /** Freight charged for the line. (decimal(18,2)) */
  readonly freight: string | null;
  /** When the seller must have handed the parcel over, UTC. (timestamp) */
  readonly shipping_limit_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per change of an order. */
export interface SilverOrders {
  /** Order number. (string) */
  readonly order_id: string;
  /** Customer who ordered. (string) */
  readonly customer_id: string;
  /** Where the order stood. (string) */
  readonly status: string;
  /** When the customer placed the order, UTC. (timestamp) */
  readonly purchased_at: string;
  /** When the payment was approved, UTC. (timestamp) */
  readonly approved_at: string | null;
  /** When the parcel was handed to the carrier, UTC. (timestamp) */
  readonly carrier_at: string | null;
  /** When the parcel reached the customer, UTC. (timestamp) */
  readonly delivered_at: string | null;
  /** Delivery date promised at purchase, UTC. (timestamp) */
  readonly estimated_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per payment of an order. */
export interface SilverPayments {
  /** Order that is paid. (string) */
  readonly order_id: string;
  /** Position of the payment in its order, from 1. (bigint) */
  readonly payment_number: string;
  /** Means of payment. (string) */
  readonly method: string;
  /** Number of instalments. (bigint) */
  readonly installments: string | null;
  /** Amount paid. (decimal(18,2)) */
  readonly amount: string;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per version of a product. */
export interface SilverProducts {
  /** Product number. (string) */
  readonly product_id: string;
  /** Name. (string) */
  readonly name: string | null;
  /** Category in the shop's own language. (string) */
  readonly category: string | null;
  /** Characters in the name. (bigint) */
  readonly name_length: string | null;
  /** Characters in the description. (bigint) */
  readonly description_length: string | null;
  /** Number of photographs. (bigint) */
  readonly photos: string | null;
  /** Weight in grams. (bigint) */
  readonly weight_g: string | null;
  /** Length in centimetres. (bigint) */
  readonly length_cm: string | null;
  /** Height in centimetres. (bigint) */
  readonly height_cm: string | null;
  /** Width in centimetres. (bigint) */
  readonly width_cm: string | null;
  /** Since when the row holds, UTC. (timestamp) */
  readonly updated_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per review of an order. */
export interface SilverReviews {
  /** Review number; one review may speak of several orders. (string) */
  readonly review_id: string;
  /** Order that is reviewed. (string) */
  readonly order_id: string;
  /** From 1 (worst) to 5 (best). (bigint) */
  readonly score: string;
  /** Title, as written. (string) */
  readonly title: string | null;
  /** Text, as written. (string) */
  readonly comment: string | null;
  /** When the customer was asked, UTC. (timestamp) */
  readonly created_at: string;
  /** When the customer answered, UTC. (timestamp) */
  readonly answered_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per version of a seller. */
export interface SilverSellers {
  /** Seller number. (string) */
  readonly seller_id: string;
  /** First digits of the postal code. (string) */
  readonly zip_prefix: string | null;
  /** City. (string) */
  readonly city: string | null;
  /** State or region. (string) */
  readonly state: string | null;
  /** Since when the row holds, UTC. (timestamp) */
  readonly updated_at: string | null;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per step of a parcel. */
export interface SilverShipments {
  /** Parcel number. (string) */
  readonly shipment_id: string;
  /** Order that the parcel belongs to. (string) */
  readonly order_id: string;
  /** Carrier that moves the parcel. (string) */
  readonly carrier: string;
  /** What happened: handed_over, in_transit, delivered or returned. (string) */
  readonly step: string;
  /** When it happened, UTC. (timestamp) */
  readonly happened_at: string;
  /** Stream that the record arrived by. (string) */
  readonly _stream: string;
  /** Shard of that stream. (string) */
  readonly _shard: string;
  /** Sequence number in that shard. (string) */
  readonly _sequence_number: string;
  /** CloudEvents source: with the event id, the identity of the event. (string) */
  readonly _event_source: string;
  /** CloudEvents id. (string) */
  readonly _event_id: string;
  /** When it happened, UTC; the arrival time when the sender gave none. (timestamp) */
  readonly _event_time: string;
  /** When the record arrived, UTC. (timestamp) */
  readonly _arrived_at: string;
  /** Run that brought the row in. (string) */
  readonly _run_id: string;
}

/** One row per period in which nothing about a customer changed. */
export interface GoldDimCustomer {
  /** Key of the period: a hash of customer and start. (string) */
  readonly customer_key: string;
  /** Customer number. (string) */
  readonly customer_id: string;
  /** The person behind it. (string) */
  readonly person_id: string | null;
  /** Name. (string) */
  readonly name: string | null;
  /** Commercial segment; Unassigned where the shop keeps none. (string) */
  readonly segment: string;
  /** First digits of the postal code. (string) */
  readonly zip_prefix: string | null;
  /** City. (string) */
  readonly city: string | null;
  /** State or region. (string) */
  readonly state: string | null;
  /** Start of the period, UTC; the first period begins in 1900, so that every order finds its customer. (timestamp) */
  readonly valid_from: string;
  /** End of the period, exclusive, UTC; null while it lasts. (timestamp) */
  readonly valid_to: string | null;
  /** The period lasts. (boolean) */
  readonly is_current: boolean;
  /** Known from orders alone; the customer master has not been delivered yet. (boolean) */
  readonly is_inferred: boolean;
}

/** One row per product. */
export interface GoldDimProduct {
  /** Key of the product: a hash of its number. (string) */
  readonly product_key: string;
  /** Product number. (string) */
  readonly product_id: string;
  /** Name. (string) */
  readonly name: string | null;
  /** Category in English where a translation exists, else as the shop names it; Unknown without one. (string) */
  readonly category: string;
  /** Weight in grams. (bigint) */
  readonly weight_g: string | null;
  /** Number of photographs. (bigint) */
  readonly photos: string | null;
  /** Known from order lines alone. (boolean) */
  readonly is_inferred: boolean;
}

/** One row per seller. */
export interface GoldDimSeller {
  /** Key of the seller: a hash of its number. (string) */
  readonly seller_key: string;
  /** Seller number. (string) */
  readonly seller_id: string;
  /** City. (string) */
  readonly city: string | null;
  /** State or region. (string) */
  readonly state: string | null;
  /** Known from order lines alone. (boolean) */
  readonly is_inferred: boolean;
}

/** One row per product, warehouse and day with a count. */
export interface GoldFactInventorySnapshot {
  /** Product number. (string) */
  readonly product_id: string;
  /** Warehouse. (string) */
  readonly warehouse_id: string;
  /** Day, yyyymmdd. (int) */
  readonly date_key: number;
  /** Product. (string) */
  readonly product_key: string;
  /** Day. (date) */
  readonly snapshot_date: string;
  /** First day of the month. (date) */
  readonly snapshot_month: string;
  /** Units at the last count of the day. (bigint) */
  readonly on_hand: string;
  /** Units at which the product is ordered again. (bigint) */
  readonly reorder_point: string | null;
  /** Nothing on the shelf. (boolean) */
  readonly is_out_of_stock: boolean;
  /** At or below the reorder point. (boolean) */
  readonly is_below_reorder_point: boolean;
}

/** One row per review of an order. */
export interface GoldFactReview {
  /** Review. (string) */
  readonly review_id: string;
  /** Order. (string) */
  readonly order_id: string;
  /** From 1 (worst) to 5 (best). (bigint) */
  readonly score: string;
  /** The customer wrote something. (boolean) */
  readonly has_comment: boolean;
  /** When the customer was asked, UTC. (timestamp) */
  readonly created_at: string;
  /** When the customer answered, UTC. (timestamp) */
  readonly answered_at: string | null;
  /** Day of the question, yyyymmdd. (int) */
  readonly date_key: number;
  /** First day of the month of the question. (date) */
  readonly review_month: string;
}

/** One row per visit. */
export interface GoldFactSession {
  /** Visit. (string) */
  readonly session_id: string;
  /** Customer, when signed in. (string) */
  readonly customer_id: string | null;
  /** Kind of device. (string) */
  readonly device: string | null;
  /** First action, UTC. (timestamp) */
  readonly started_at: string;
  /** Last action, UTC. (timestamp) */
  readonly ended_at: string;
  /** Day of the first action, yyyymmdd. (int) */
  readonly date_key: number;
  /** First day of the month of the first action. (date) */
  readonly session_month: string;
  /** Product views. (bigint) */
  readonly views: string;
  /** Searches. (bigint) */
  readonly searches: string;
  /** Products put in the cart. (bigint) */
  readonly carts: string;
  /** Checkouts begun. (bigint) */
  readonly checkouts: string;
  /** Purchases. (bigint) */
  readonly purchases: string;
  /** The visit ended in a purchase. (boolean) */
  readonly is_converted: boolean;
}

/** One row per order. */
export interface GoldFactOrderDelivery {
  /** Order. (string) */
  readonly order_id: string;
  /** Customer as of the purchase. (string) */
  readonly customer_key: string;
  /** Day of the purchase, yyyymmdd. (int) */
  readonly date_key: number;
  /** First day of the month of the purchase. (date) */
  readonly order_month: string;
  /** Where the order stands now. (string) */
  readonly order_status: string;
  /** Placed, UTC. (timestamp) */
  readonly purchased_at: string;
  /** Approved, UTC. (timestamp) */
  readonly approved_at: string | null;
  /** Handed to the carrier, UTC. (timestamp) */
  readonly carrier_at: string | null;
  /** Delivered, UTC. (timestamp) */
  readonly delivered_at: string | null;
  /** Promised, UTC. (timestamp) */
  readonly estimated_at: string | null;
  /** Whole hours from purchase to delivery. (bigint) */
  readonly hours_to_deliver: string | null;
  /** Days between the promised day and the day of delivery; negative is early. (bigint) */
  readonly delay_days: string | null;
  /** Delivered after the promised day; null while not delivered or not promised. (boolean) */
  readonly is_late: boolean | null;
  /** Said to be delivered, without a date. (boolean) */
  readonly is_delivered_without_date: boolean;
}

/** One row per order line. */
export interface GoldFactSales {
  /** Order number and line number. (string) */
  readonly sale_id: string;
  /** Order. (string) */
  readonly order_id: string;
  /** Line of the order. (bigint) */
  readonly line_number: string;
  /** Customer as of the purchase. (string) */
  readonly customer_key: string;
  /** Product. (string) */
  readonly product_key: string;
  /** Seller; null when the shop itself sells. (string) */
  readonly seller_key: string | null;
  /** Day of the purchase, yyyymmdd. (int) */
  readonly date_key: number;
  /** Time of the purchase, UTC. (timestamp) */
  readonly purchased_at: string;
  /** First day of the month of the purchase. (date) */
  readonly order_month: string;
  /** Units. (bigint) */
  readonly quantity: string;
  /** Price of one unit. (decimal(18,2)) */
  readonly unit_price: string;
  /** Unit price times quantity. (decimal(18,2)) */
  readonly amount: string;
  /** Freight charged for the line. (decimal(18,2)) */
  readonly freight: string;
  /** Where the order stands now. (string) */
  readonly order_status: string;
  /** Counts as revenue: the order is neither canceled nor unavailable. (boolean) */
  readonly is_revenue: boolean;
}

/** One row per day with a visit. */
export interface MartsFunnelDaily {
  /** Day of the first action. (date) */
  readonly session_date: string;
  /** Visits. (bigint) */
  readonly sessions: string;
  /** Visits with a product view. (bigint) */
  readonly sessions_with_view: string;
  /** Visits that put something in the cart. (bigint) */
  readonly sessions_with_cart: string;
  /** Visits that began a checkout. (bigint) */
  readonly sessions_with_checkout: string;
  /** Visits that ended in a purchase. (bigint) */
  readonly sessions_with_purchase: string;
  /** Visits with a purchase per visit. (decimal(9,4)) */
  readonly conversion_rate: string;
}

/** One row per product and warehouse. */
export interface MartsInventoryStatus {
  /** Product number. (string) */
  readonly product_id: string;
  /** Warehouse. (string) */
  readonly warehouse_id: string;
  /** Name. (string) */
  readonly product_name: string | null;
  /** Category. (string) */
  readonly category: string | null;
  /** Units at the last count. (bigint) */
  readonly on_hand: string;
  /** Units at which the product is ordered again. (bigint) */
  readonly reorder_point: string | null;
  /** Day of the last count. (date) */
  readonly counted_on: string;
  /** Days with a count. (bigint) */
  readonly days_counted: string;
  /** Days that ended with nothing on the shelf. (bigint) */
  readonly days_out_of_stock: string;
  /** out_of_stock, reorder or ok. (string) */
  readonly status: string;
}

/** One row per month of the question. */
export interface MartsReviewScores {
  /** First day of the month. (date) */
  readonly review_month: string;
  /** Reviews. (bigint) */
  readonly reviews: string;
  /** Sum of the scores. (bigint) */
  readonly total_score: string;
  /** Mean score. (decimal(9,4)) */
  readonly average_score: string;
  /** Reviews with score 1 or 2. (bigint) */
  readonly low_scores: string;
}

/** One row per customer with revenue. */
export interface MartsCustomerValue {
  /** Customer number. (string) */
  readonly customer_id: string;
  /** Commercial segment now. (string) */
  readonly segment: string;
  /** State now. (string) */
  readonly state: string | null;
  /** Orders with revenue. (bigint) */
  readonly orders: string;
  /** Units bought. (bigint) */
  readonly units: string;
  /** Revenue. (decimal(18,2)) */
  readonly revenue: string;
  /** First order, UTC. (timestamp) */
  readonly first_order_at: string;
  /** Last order, UTC. (timestamp) */
  readonly last_order_at: string;
  /** 1 (long ago) to 5 (just now), by fifths of the customers. (bigint) */
  readonly recency_score: string;
  /** 1 (seldom) to 5 (often). (bigint) */
  readonly frequency_score: string;
  /** 1 (little) to 5 (much). (bigint) */
  readonly monetary_score: string;
}

/** One row per month. */
export interface MartsDeliveryPerformance {
  /** First day of the month. (date) */
  readonly order_month: string;
  /** Orders. (bigint) */
  readonly orders: string;
  /** Orders said to be delivered. (bigint) */
  readonly delivered: string;
  /** Orders with a delivery date. (bigint) */
  readonly delivered_with_date: string;
  /** Orders delivered after the promised day. (bigint) */
  readonly late: string;
  /** Sum of the days between promise and delivery; early counts negative. (bigint) */
  readonly total_delay_days: string;
  /** Mean of those days. (decimal(9,2)) */
  readonly average_delay_days: string | null;
}

/** One row per month and category. */
export interface MartsSalesByCategory {
  /** First day of the month. (date) */
  readonly order_month: string;
  /** Product category. (string) */
  readonly category: string;
  /** Order lines. (bigint) */
  readonly sales: string;
  /** Units. (bigint) */
  readonly units: string;
  /** Amount of lines that count as revenue. (decimal(18,2)) */
  readonly revenue: string;
}

/** One row per month and state. */
export interface MartsSalesByState {
  /** First day of the month. (date) */
  readonly order_month: string;
  /** State of the customer as of the purchase; Unknown without one. (string) */
  readonly state: string;
  /** Orders with revenue. (bigint) */
  readonly orders: string;
  /** Amount of lines that count as revenue. (decimal(18,2)) */
  readonly revenue: string;
}

/** One row per day with an order line. */
export interface MartsSalesDaily {
  /** Day of the purchase. (date) */
  readonly order_date: string;
  /** Orders with revenue. (bigint) */
  readonly orders: string;
  /** Units with revenue. (bigint) */
  readonly units: string;
  /** Amount of lines that count as revenue. (decimal(18,2)) */
  readonly revenue: string;
  /** Freight of those lines. (decimal(18,2)) */
  readonly freight: string;
  /** Revenue per order; null on a day without revenue. (decimal(18,2)) */
  readonly average_order_value: string | null;
  /** Lines of canceled or unavailable orders. (bigint) */
  readonly lines_without_revenue: string;
}
