package io.keyhold;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import keyhold.signer.v1.KeyOuterClass.GetKeyRequest;
import keyhold.signer.v1.KeyOuterClass.GetKeyResponse;
import keyhold.signer.v1.KeyOuterClass.ListKeysRequest;
import keyhold.signer.v1.KeyOuterClass.ListKeysResponse;
import keyhold.signer.v1.Sign.ChooseSchemeRequest;
import keyhold.signer.v1.Sign.ChooseSchemeResponse;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.SignResponse;

/** The service's unary methods: service.proto. */
final class Methods {
  static final String SERVICE = "keyhold.signer.v1.Signer";

  static final MethodDescriptor<ListKeysRequest, ListKeysResponse> LIST_KEYS =
      unary("ListKeys", ListKeysRequest.getDefaultInstance(), ListKeysResponse.getDefaultInstance());
  static final MethodDescriptor<GetKeyRequest, GetKeyResponse> GET_KEY =
      unary("GetKey", GetKeyRequest.getDefaultInstance(), GetKeyResponse.getDefaultInstance());
  static final MethodDescriptor<ChooseSchemeRequest, ChooseSchemeResponse> CHOOSE_SCHEME =
      unary(
          "ChooseScheme",
          ChooseSchemeRequest.getDefaultInstance(),
          ChooseSchemeResponse.getDefaultInstance());
  static final MethodDescriptor<SignRequest, SignResponse> SIGN =
      unary("Sign", SignRequest.getDefaultInstance(), SignResponse.getDefaultInstance());

  private Methods() {}

  private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> unary(
      String name, Q request, A answer) {
    return MethodDescriptor.<Q, A>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(answer))
        .setSafe(true)
        .build();
  }
}
