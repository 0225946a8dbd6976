/**
 * What SNS's actions take.
 * https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
 */
import {
  blob,
  flag,
  type Inputs,
  list,
  map,
  noEffect,
  refused,
  required,
  structure,
  text,
} from '../../core/inputs/declare.ts';

const messageAttributeValue = structure({
  DataType: required(text()),
  StringValue: text(),
  BinaryValue: blob(),
});

const publishBatchRequestEntry = structure({
  Id: required(text()),
  Message: required(text()),
  Subject: text(),
  MessageStructure: text(),
  MessageAttributes: map(messageAttributeValue),
  MessageDeduplicationId: text(),
  MessageGroupId: text(),
});

export const inputs: Inputs = {
  CreateTopic: {
    Name: required(text()),
    Attributes: map(text()),
    Tags: noEffect(),
    DataProtectionPolicy: refused(),
  },
  DeleteTopic: { TopicArn: required(text()) },
  GetSubscriptionAttributes: { SubscriptionArn: required(text()) },
  GetTopicAttributes: { TopicArn: required(text()) },
  ListSubscriptions: { NextToken: text() },
  ListSubscriptionsByTopic: { TopicArn: required(text()), NextToken: text() },
  ListTopics: { NextToken: text() },
  Publish: {
    TopicArn: text(),
    TargetArn: text(),
    PhoneNumber: refused(),
    Message: required(text()),
    Subject: text(),
    MessageStructure: text(),
    MessageAttributes: map(messageAttributeValue),
    MessageDeduplicationId: text(),
    MessageGroupId: text(),
  },
  PublishBatch: {
    TopicArn: required(text()),
    PublishBatchRequestEntries: required(list(publishBatchRequestEntry)),
  },
  SetSubscriptionAttributes: {
    SubscriptionArn: required(text()),
    AttributeName: required(text()),
    AttributeValue: text(),
  },
  SetTopicAttributes: { TopicArn: required(text()), AttributeName: required(text()), AttributeValue: text() },
  Subscribe: {
    TopicArn: required(text()),
    Protocol: required(text()),
    Endpoint: text(),
    Attributes: map(text()),
    ReturnSubscriptionArn: flag(),
  },
  Unsubscribe: { SubscriptionArn: required(text()) },
};
